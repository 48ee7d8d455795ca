"""What a change of voice options may be (spec 4, Voice options): pure, asked by page and acceptance alike.

`held` and `changes` are options by code with their values; in `changes` None takes an option away.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from lines import forwarding, options
from lines.models import Line, Plan
from lines.options import Kind
from lines.services.catalogue import dropped

#: 適用日: at once, or the 1st of next month.
TODAY, FIRST = "today", "first"
DAYS = frozenset({TODAY, FIRST})
FLAT_RATE = "flat_rate"


def effective(held: Mapping[str, Any], wished: Mapping[str, Any]) -> dict[str, Any]:
    """Of what was wished, what would change anything."""
    return {code: value for code, value in wished.items() if held.get(code) != value}


def after(held: Mapping[str, Any], changes: Mapping[str, Any], plan: Plan | None) -> dict[str, Any]:
    """What is held afterwards; without what `plan` does not offer, where it is known."""
    merged = {code: value for code, value in {**held, **changes}.items() if value is not None}
    falls = dropped(merged, plan) if plan else {}
    return {code: value for code, value in merged.items() if code not in falls}


def too_early(held: Mapping[str, Any], changes: Mapping[str, Any], day: str) -> str:
    """Why it cannot be had on that day; empty when it can. A held 通話定額 is changed or removed on the 1st only."""
    if day == TODAY and FLAT_RATE in changes and held.get(FLAT_RATE):
        return _(
            "ご利用中の通話定額の変更・解除は、翌月1日からです。翌月1日を選ぶか、通話定額をいまのままにしてください。"
            "ほかのオプションを今日から変更するときは、通話定額とは別にお申し込みください。"
        )
    return ""


def not_offered(carrier: str, changes: Mapping[str, Any], plan: Plan | None) -> dict[str, str]:
    """Which of the options asked for the plan does not have, each with the reason. Taking away is always possible."""
    asked = {code: value for code, value in changes.items() if value is not None}
    falls = dropped(asked, plan) if plan else asked
    text = _("プラン「%(plan)s」では、%(option)s（%(value)s）を提供していません。")
    return {
        code: text
        % {
            "plan": plan.name if plan else _("不明"),
            "option": options.label(carrier, code),
            "value": options.words(carrier, code, value),
        }
        for code, value in falls.items()
    }


def malformed(line: Line, changes: Mapping[str, Any]) -> str:
    """What of it no form of this line's carrier would say, or a target that cannot be; empty when all is well."""
    for code, value in changes.items():
        option = options.option(line.carrier, code)
        if option is None or not options.is_value(option, value):
            return _("この回線ではお申し込みいただけない内容です。入力画面で選び直してください。")
        if option.kind is Kind.FORWARDING and value is not None:
            reason = forwarding.problem(value, own=line.number)
            if reason:
                return reason
    return ""
