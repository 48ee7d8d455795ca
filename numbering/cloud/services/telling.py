"""The mails about a cloud phone contract that are about no order of its own, in the transaction of what they tell."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import dateformat, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudContract, CloudPortIn, Equipment, Opening, Use
from selfcare import phones
from selfcare.accounts.models import Role, User
from selfcare.orders import mails
from selfcare.work import outbox

#: A label and what stands beside it, as words or a day.
Fact = tuple[Any, "str | date | Promise"]


def opened(*, cloud: CloudContract, opening: Opening, owner: User | None, link: str) -> None:
    """「お申し込み完了」: all that belongs to the contract, and the link to set the first password; no password."""
    _send(
        cloud,
        "cloud_opened",
        lambda: facts(cloud, opening),
        {"selfcare_id": owner.selfcare_id if owner else ""},
        secret=link,
    )
    if opening.usable_on is not None:
        invited(cloud=cloud, opening=opening)


def facts(cloud: CloudContract, opening: Opening | None) -> list[tuple[str, str]]:
    """What the mail 「お申し込み完了」 and the contract's page both say."""
    coming = CloudPortIn.objects.open().filter(cloud=cloud).first()
    first = cloud.ids.filter(ended_on=None).order_by("pk").first()
    fax = cloud.numbers.filter(ended_on=None).filter(use=Use.FAX).order_by("digits").first()
    shared = cloud.numbers.filter(ended_on=None, use=Use.VOICE, fax=True).order_by("digits").first()
    number = phones.display(cloud.representative.digits) if cloud.representative else ""
    if coming is not None:
        shown = _("%(number)s（番号ポータビリティ手続き中）") % {"number": phones.display(coming.digits)}
        number = _("%(now)s（切替後は %(coming)s）") % {"now": number, "coming": shown} if number else shown
    rows = [
        (_("申込番号"), opening.reference if opening else "—"),
        (_("契約番号"), cloud.contract.number),
        (_("電話番号"), number or "—"),
        (_("FAX番号"), phones.display((fax or shared).digits) if fax or shared else _("なし")),  # type: ignore[union-attr]
    ]
    return [*rows, (_("ログインID"), first.login_name if first else "—")]


def invited(*, cloud: CloudContract, opening: Opening) -> None:
    """「本申込のご案内」: the telephone can be used, what is left to do, and until when it costs nothing."""
    from numbering.cloud.services import trials

    _send(
        cloud,
        "cloud_settle_invited",
        lambda: [
            (_("契約番号"), cloud.contract.number),
            (_("電話番号"), phones.display(cloud.representative.digits) if cloud.representative else "—"),
            (_("ご利用可能日"), opening.usable_on or ""),
            (_("無料お試しの最終日"), trials.free_until(opening) or ""),
        ],
    )


def reminded(*, cloud: CloudContract, opening: Opening) -> None:
    from numbering.cloud.services import trials

    _send(
        cloud,
        "cloud_settle_reminder",
        lambda: [
            (_("契約番号"), cloud.contract.number),
            (_("電話番号"), phones.display(cloud.representative.digits) if cloud.representative else "—"),
            (_("無料お試しの最終日"), trials.free_until(opening) or ""),
        ],
    )


def port_step(*, port_in: CloudPortIn) -> None:
    """One step of number portability: what it is, when, and that the old line stays until the switch."""
    days = [
        (_("工事日（切替予定日）"), port_in.construction_on),
        (_("切替日"), port_in.switched_on),
        (_("理由"), port_in.reason),
    ]
    _send(
        port_in.cloud,
        "cloud_port_step",
        lambda: [
            (_("移行する電話番号"), phones.display(port_in.digits)),
            (_("進み具合"), port_in.get_step_display()),
            *((label, value) for label, value in days if value),
        ],
        {"step": port_in.step, "is_stuck": _is_stuck(port_in)},
    )


def _is_stuck(port_in: CloudPortIn) -> bool:
    """Nothing came of it, and the contract has no other number; one that is ending needs no advice."""
    cloud = port_in.cloud
    return port_in.ended_on is not None and cloud.representative_id is None and cloud.ends_on is None


def equipment_moved(*, cloud: CloudContract, moved: Sequence[Equipment], template: str) -> None:
    """Equipment on its way (`cloud_shipped`) or delivered (`cloud_delivered`), all of one moment in one mail."""
    _send(
        cloud,
        template,
        lambda: [
            *((one.get_kind_display(), one.code) for one in moved),
            (_("発送日"), moved[0].shipped_on or ""),
            *([(_("伝票番号"), moved[0].tracking_number)] if moved[0].tracking_number else []),
        ],
    )


def _send(
    cloud: CloudContract,
    template: str,
    rows: Any,
    words: dict[str, Any] | None = None,
    *,
    secret: str = "",
) -> None:
    """To the confirmed notification addresses, without any to the one registered at contract, in the owner's words.

    `rows` is asked in the language of the mail.
    """
    customer = cloud.contract.customer
    addresses = mails.confirmed_addresses({customer.pk})[customer.pk] or [cloud.contract.mail]
    owner = User.objects.filter(customer=customer, role=Role.OWNER, removed_at=None).order_by("pk").first()
    language = owner.language if owner is not None else settings.LANGUAGE_CODE
    with translation.override(language):
        shown = [{"label": str(label), "new": _words(value)} for label, value in rows()]
    context = {
        "name": customer.name,
        "rows": shown,
        "url": settings.BASE_URL + reverse("cloud:contract", args=[cloud.contract.number]),
        **(words or {}),
    }
    # A link opens the login of who registered the contract: it goes nowhere else.
    receivers = [cloud.contract.mail] if secret else sorted(set(addresses))
    outbox.send_many(
        [
            outbox.Outgoing(
                template=template,
                to=address,
                context=context,
                customer_id=customer.pk,
                language=language,
                secret=secret,
            )
            for address in receivers
        ]
    )


def _words(value: Any) -> str:
    return dateformat.format(value, _("Y年n月j日(D)")) if isinstance(value, date) else str(value)
