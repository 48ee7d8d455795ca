"""Construction dates of dial-in orders (spec 5.3): the earliest day, which days and hours there are, and what follows.

Pure: lead times, business days and the day of the order come as arguments. Days are days in Tokyo.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import dateformat
from django.utils.translation import gettext as _

from numbering.dial_in.contents import MANY
from numbering.dial_in.eligibility import Facts
from numbering.dial_in.models import LeadTime
from selfcare import text
from selfcare.calendar import TOKYO, BusinessDays, add_months

#: What an order contains, as LeadTime.Content values; `contents.lead_contents` reads them from its parts.
Contents = frozenset[str]

#: When construction begins on a day for which no hour is chosen.
BEGINS = time(9)
#: Construction without a reason: business days, both ends included.
USUAL_FROM, USUAL_UNTIL = time(8, 30), time(17)
#: How far ahead a day can be chosen, calendar months from the day of the order.
MONTHS_AHEAD = 6
#: 竣工 comes so many business days after the opening.
UNTIL_COMPLETION = 2
#: Full-width characters of a reason.
REASON_LENGTH = 175
#: What a weekend, a holiday and an hour of one's own can be had for.
_MOVABLE = frozenset({LeadTime.Content.PORT, LeadTime.Content.MOVE})


def lead_days(contents: Collection[str], lead_times: Mapping[str, int]) -> int:
    """The longest lead time of the contents, in business days. Raises KeyError for a content without one."""
    if not contents:
        raise ValueError("an order without contents has no lead time")
    return max(lead_times[content] for content in contents)


def earliest(contents: Collection[str], lead_times: Mapping[str, int], ordered_on: date, days: BusinessDays) -> date:
    """最短納期日: so many business days after the day of the order.

    What is ordered on a day on which nobody works lies until the next business day, and is counted from there.
    """
    return days.add(days.next_or_same(ordered_on), lead_days(contents, lead_times))


def contents_expected(facts: Facts, *, has_networks: bool) -> Contents:
    """What an order will contain, as far as the check's answers say; where the kind is not asked, either kind.

    `has_networks`: a network address of the site is registered, without which there are no geographic numbers.
    """
    content = LeadTime.Content
    only_brought = bool(facts.portability)
    said = {
        content.MEMBERS_NET: facts.members_net,
        content.PORT: only_brought,
        content.ADD_0ABJ: facts.wants_0abj or (facts.wants_0abj is None and not only_brought),
        content.ADD_050: not facts.wants_0abj and not only_brought,
        content.FIRST_0ABJ: facts.gets_0abj and not facts.has_0abj,
        content.TARGETS: facts.targets,
        content.MANY: facts.over_many or facts.least_held >= MANY,
        content.NETWORK: facts.gets_0abj and not has_networks,
    }
    return frozenset(str(one) for one, counts in said.items() if counts)


def is_movable(contents: Collection[str]) -> bool:
    """Whether weekends, holidays and an hour can be chosen: with portability or a number move."""
    return bool(_MOVABLE & set(contents))


@dataclass(frozen=True)
class Terms:
    """What the days of one order are judged by. `shows_number`: 特定番号通知 is chosen for one of its numbers."""

    contents: Contents
    earliest: date
    latest: date
    days: BusinessDays
    shows_number: bool = False

    @property
    def is_movable(self) -> bool:
        return is_movable(self.contents)


def terms(
    contents: Contents,
    *,
    lead_times: Mapping[str, int],
    ordered_on: date,
    days: BusinessDays,
    shows_number: bool = False,
) -> Terms:
    """For an order of this day; the last day is six months ahead, or the earliest one where that is later."""
    first = earliest(contents, lead_times, ordered_on, days)
    return Terms(contents, first, max(first, add_months(ordered_on, MONTHS_AHEAD)), days, shows_number)


def choosable(day: date, at: Terms) -> str:
    """Why there is no construction on this day for this order; empty when there is."""
    if day < at.earliest:
        return _("最短納期日（%(day)s）以降の日を選んでください。") % {"day": in_words(at.earliest)}
    if day > at.latest:
        return _("%(day)s までの日を選んでください。") % {"day": in_words(at.latest)}
    if is_no_work_day(day, at.days):
        return _("%(day)s は工事を行わない日です。ほかの日を選んでください。") % {"day": in_words(day)}
    if not at.days.is_business_day(day) and not at.is_movable:
        return _(
            "土日祝日を選べるのは、番号ポータビリティまたは番号の移動を含むお申し込みだけです。営業日を選んでください。"
        )
    return ""


def is_no_work_day(day: date, days: BusinessDays) -> bool:
    """The operator's closed days, and 29 December to 3 January unless the operator works on that day."""
    if day in days.closed:
        return True
    return day not in days.opened and ((day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3))


def needs_reason(day: date, hour: time | None, days: BusinessDays) -> bool:
    """Whether construction then is out of the ordinary; without an hour only the day decides."""
    if not days.is_business_day(day):
        return True
    return hour is not None and not USUAL_FROM <= hour <= USUAL_UNTIL


def clean_reason(typed: str, *, needed: bool) -> str:
    """The reason as it is kept, in full width, on one line; empty where none is needed.

    Raises ValueError with a message for the customer.
    """
    kept = text.to_fullwidth(" ".join(typed.split())).strip()
    if not needed:
        return ""
    if not kept:
        raise ValueError(_("平日8:30～17:00以外の工事をご希望の理由を入力してください。"))
    if len(kept) > REASON_LENGTH or not text.is_fullwidth(kept):
        raise ValueError(_("理由は、全角%(most)d文字以内で入力してください。") % {"most": REASON_LENGTH})
    return kept


def hour_problem(hour: time | None, at: Terms) -> str:
    if hour is None or at.is_movable:
        return ""
    return _("工事希望時間を選べるのは、番号ポータビリティまたは番号の移動を含むお申し込みだけです。")


def free_dial_problem(day: date, free_dial_until: date | None, at: Terms) -> str:
    """Why the day does not go with the planned end of フリーダイヤル・ナビダイヤル construction; empty when it does."""
    if not at.shows_number or free_dial_until is None or day > free_dial_until:
        return ""
    return _(
        "フリーダイヤル・ナビダイヤルの工事終了予定日（%(day)s）より後の日を選んでください。"
        "同じ日かそれより前に工事を行うと、特定番号通知は自動的に廃止されます。"
    ) % {"day": in_words(free_dial_until)}


def problems(
    day: date, hour: time | None, at: Terms, *, reason: str = "", free_dial_until: date | None = None
) -> dict[str, str]:
    """What is wrong with a wish, by the name of the field it is told beside: date, time, date_reason."""
    found = {
        "date": choosable(day, at) or free_dial_problem(day, free_dial_until, at),
        "time": hour_problem(hour, at),
    }
    try:
        clean_reason(reason, needed=needs_reason(day, hour, at.days))
    except ValueError as error:
        found["date_reason"] = str(error)
    return {name: why for name, why in found.items() if why}


def opening(day: date, hour: time | None = None) -> datetime:
    """The moment of construction, aware: the hour chosen, else 9:00 in Tokyo."""
    return datetime.combine(day, hour or BEGINS, tzinfo=TOKYO)


def completion_on(day: date, days: BusinessDays) -> date:
    """竣工予定日 of what is opened on this day."""
    return days.add(day, UNTIL_COMPLETION)


def hours() -> list[time]:
    """The hours that can be chosen: every half an hour of the day."""
    return [time(half // 2, half % 2 * 30) for half in range(48)]


def in_words(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日(D)"))
