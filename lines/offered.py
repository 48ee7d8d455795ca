"""Which procedures there are about lines, in the order of the menu, and what of them can be had for which line now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lines.models import Line
from lines.procedures.taking_back import TakingBack
from lines.services.catalogue import Catalogue
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.procedures import Procedure, may_order
from selfcare.orders.services.drafts import new_draft, refusals
from selfcare.orders.services.offers import opens_at
from selfcare.orders.views.wizard import url_name

#: As spec 4 lists them, each followed by what takes it back; one that is not listed comes last.
_ORDER = (
    *("lines.mnp_in", "lines.suspend", "lines.resume", "lines.voice_options", "lines.voice_options_cancel"),
    *("lines.plan", "lines.plan_cancel", "lines.sim_reissue", "lines.mnp_out", "lines.terminate"),
    "lines.terminate_cancel",
)
_NOT_YOURS = _("この手続きは、お使いのユーザーの役割では申し込めません。管理者にご相談ください。")


@dataclass(frozen=True)
class Entry:
    """One entry of the menu 各種手続き: a page that finds lines, for one procedure or for what belongs together."""

    name: str
    title: Any
    codes: tuple[str, ...]

    @property
    def procedures(self) -> list[Procedure]:
        return [procedure for procedure in of_lines() if procedure.code in self.codes]

    @property
    def url_name(self) -> str:
        return f"lines:find-{self.name}"


#: 各種手続き of spec 4. MNP転入 has a list of its own.
_ENTRIES = (
    Entry("suspend", _("回線一時中断・再開"), ("lines.suspend", "lines.resume")),
    Entry("voice-options", _("音声オプション"), ("lines.voice_options", "lines.voice_options_cancel")),
    Entry("plan", _("プラン変更"), ("lines.plan", "lines.plan_cancel")),
    Entry("sim-reissue", _("SIMサイズ変更・再発行"), ("lines.sim_reissue",)),
    Entry("mnp-out", _("MNP予約番号取得"), ("lines.mnp_out",)),
    Entry("terminate", _("解約"), ("lines.terminate", "lines.terminate_cancel")),
)


def entries() -> list[Entry]:
    return [entry for entry in _ENTRIES if entry.procedures]


def entry(name: str) -> Entry:
    return next(one for one in _ENTRIES if one.name == name)


def of_lines() -> list[Procedure]:
    """Every procedure of a line that customers order."""
    found = [one for one in procedures.every() if one.subject is Line and not one.operator_only]
    places = {code: place for place, code in enumerate(_ORDER)}
    return sorted(found, key=lambda one: (places.get(one.code, len(places)), one.code))


def in_bulk(user: User, functions: Iterable[str]) -> list[Procedure]:
    """What this user may order for many lines at once, of what the customer's contracts allow."""
    held = set(functions)
    return [one for one in of_lines() if one.takes_the_good and one.function in held and may_order(one, user)]


@dataclass(frozen=True)
class Choice:
    """A procedure of a line as a button, or the reason why it cannot be had now."""

    code: str
    title: str
    url: str
    reason: str
    #: When orders open, outside their hours.
    opens_at: datetime | None = None


def choices(
    lines: Sequence[Line], wanted: Sequence[Procedure], *, now: datetime, user: User, catalogue: Catalogue
) -> Mapping[int, list[Choice]]:
    """For each line (with its contract) what of `wanted` can be had; as many queries for fifty lines as for one."""
    found: dict[int, list[Choice]] = {line.pk: [] for line in lines}
    for procedure in wanted:
        drafts = [
            new_draft(procedure=procedure, subject=line, contract=line.contract, now=now, actor=user) for line in lines
        ]
        for draft in drafts:
            draft._catalogue = catalogue
        is_allowed = may_order(procedure, user)
        reasons = refusals(drafts, now=now) if is_allowed else dict.fromkeys(drafts, str(_NOT_YOURS))
        opening = opens_at(procedure, now)
        for line, draft in zip(lines, drafts, strict=True):
            found[line.pk].append(_choice(procedure, line, reasons.get(draft, ""), opening))
    return found


def _choice(procedure: Procedure, line: Line, reason: str, opening: datetime | None) -> Choice:
    url = "" if reason else reverse(url_name(procedure), args=[line.pk])
    return Choice(procedure.code, str(procedure.title), url, reason, opening)


def undoes(procedure: Procedure) -> str:
    """The code of what it takes back; empty for one that takes nothing back."""
    return procedure.undoes if isinstance(procedure, TakingBack) else ""
