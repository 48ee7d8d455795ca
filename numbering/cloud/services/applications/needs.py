"""What an application still lacks, and which documents it needs (spec 7.1)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from billing.services import Basket, Start
from numbering.cloud.models import ApplicationDocument, CloudApplication, NumberArea

Kind = ApplicationDocument.Kind
State = ApplicationDocument.State

#: The steps of the pages, in their order, by the last part of their addresses.
STEPS = ("basket", "who", "number", "documents", "payment", "confirm")


@dataclass(frozen=True)
class Missing:
    """Something to do before the application can be sent: at which step, in the applicant's words."""

    step: str
    words: str


def basket_of(application: CloudApplication) -> Basket:
    return Basket.from_json(application.basket)


def is_bringing(application: CloudApplication) -> bool:
    """Whether a number comes from another carrier."""
    return bool(application.basket.get("start") == Start.PORT)


def is_receiving(application: CloudApplication) -> bool:
    """Whether the landline stays and is forwarded."""
    return bool(application.basket.get("start") == Start.RECEIVE)


def area_of(application: CloudApplication) -> NumberArea | None:
    return NumberArea.objects.filter(code=application.area).first() if application.area else None


def needs_place(application: CloudApplication) -> bool:
    """A geographic number is given only for a real place in its area, with a proof."""
    area = None if is_bringing(application) else area_of(application)
    return area is not None and area.is_geographic


def documents_of(application: CloudApplication) -> list[str]:
    """The kinds of documents that it needs by what has been chosen so far."""
    if not application.kind:
        return []
    kinds = [Kind.REGISTRY, Kind.COMPANY_ADDRESS] if application.is_corporate else [Kind.IDENTITY]
    return [str(kind) for kind in [*kinds, *([Kind.PLACE] if needs_place(application) else [])]]


def missing(application: CloudApplication) -> list[Missing]:
    """In the order of the steps; empty for one that can be sent. The payment method may follow until 本申込."""
    found = []
    if not (application.kind and application.name and application.mail):
        found.append(Missing("who", _("お客様の情報が入力されていません。")))
    if not has_number(application):
        found.append(Missing("number", _("電話番号が選ばれていません。")))
    elif (wrong := wrong_place(application)) is not None:
        found.append(Missing("number", wrong))
    said = _("「%(what)s」がまだ届いていません。")
    rows = application.documents.filter(state__in=[State.WANTED, State.AGAIN]).order_by("pk")
    return [*found, *(Missing("documents", said % {"what": row.get_kind_display()}) for row in rows)]


def has_number(application: CloudApplication) -> bool:
    if is_bringing(application):
        return bool(application.port_number and application.port_origin)
    return bool(application.area) and (not is_receiving(application) or bool(application.landline))


def wrong_place(application: CloudApplication) -> str | None:
    """Why the place of use does not bear out a geographic number; None where it does, or none is needed."""
    area = None if is_bringing(application) else area_of(application)
    if area is None or not area.is_geographic or area.has(application.place[1]):
        return None
    return _(
        "%(code)sの番号は、ご利用場所の住所が%(name)sにあるときだけお選びいただけます。"
        "ご利用場所の住所をご確認いただくか、050など別の番号をお選びください。"
    ) % {"code": area.code, "name": area.name}


def where(step: str) -> list[tuple[Any, str]]:
    """For the step bar: label and state of each step."""
    labels = {
        "basket": _("ご利用内容"),
        "who": _("お客様情報"),
        "number": _("電話番号"),
        "documents": _("書類"),
        "payment": _("お支払い方法"),
        "confirm": _("確認・送信"),
    }
    at = STEPS.index(step)
    return [
        (labels[name], "done" if place < at else "current" if place == at else "todo")
        for place, name in enumerate(STEPS)
    ]
