"""What keeps a step from being done: said to operators, kept with the run, gone when the step goes through."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

#: Kinds of trouble that a run keeps; there may be many charges behind each.
LISTED = 100


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble, however many charges have it; `example` is the telephone number of one of them."""

    code: str
    plan: str = ""
    item: str = ""
    day: date | None = None
    count: int = 1
    example: str = ""


class Refused(Exception):
    """A step that is not done, as a whole, because of these."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        super().__init__("; ".join(f"{one.code} {one.plan} {one.item} {one.day or ''}".strip() for one in troubles))
        self.troubles = list(troubles)

    def stored(self) -> list[dict[str, Any]]:
        return [
            {name: str(value) if isinstance(value, date) else value for name, value in asdict(one).items() if value}
            for one in self.troubles[:LISTED]
        ]


def sentence(stored: dict[str, Any]) -> str:
    """One stored trouble in the operator's words."""
    facts = {"plan": "", "item": "", "day": "", "count": 1, "example": "", **stored}
    words = {
        "unregistered": _("品目「%(item)s」はどの機能にも登録されていないため、請求できません"),
        "no_tariff": _("料金プラン「%(plan)s」の品目「%(item)s」に、%(day)s の料金がありません"),
        "no_fee": _("番号ごとの料金「%(item)s」に、%(day)s の料金がありません"),
        "no_tax_rate": _("課税区分「%(item)s」に、%(day)s の税率がありません"),
        "no_rate": _("料金プラン「%(plan)s」の通話「%(item)s」に、%(day)s の通話料金がありません"),
        "no_issuer": _("%(day)s に有効な請求書発行者がありません"),
        "unknown_cycle": _("請求締め「%(item)s」の対象期間を決められません"),
        "too_early": _("%(day)s までは対象期間が終わっていません"),
    }.get(str(facts["code"]), str(facts["code"]))
    text = words % facts
    if facts["example"]:
        text += _("（%(count)s件、例：%(example)s）") % facts
    return text
