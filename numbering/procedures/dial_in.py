"""ダイヤルイン番号の追加, at once: numbers from the pool or under a reservation code, on the same day (spec 5.2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import price_list
from numbering.dial_in.models import VoiceGroup
from numbering.dial_in.services import at_once, at_once_steps, at_once_supply, at_once_words, claiming, works
from numbering.models import Kind
from selfcare import calendar, clock, money
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, Outcome, Procedure, Promise, Quote, Row, register
from selfcare.orders.states import FRUITLESS, State


@register
class DialInAtOnce(Procedure):
    code = "numbering.dial_in"
    title = gettext_lazy("ダイヤルイン番号の追加")
    function = "numbering.dial_in"
    subject = VoiceGroup
    # Choosing among many base numbers may take days.
    draft_life = timedelta(days=7)
    holds_while_pending = True
    step_labels = (
        gettext_lazy("ご確認"),
        gettext_lazy("入力方法"),
        gettext_lazy("基本契約番号"),
        gettext_lazy("内容"),
        gettext_lazy("ご担当者"),
    )
    # What is wished is in the rows, whether typed or out of a file.
    not_the_wish = ("consent", "method", "bases", "typed", "file")
    state_words = {State.COMPLETED: gettext_lazy("工事完了")}
    mail_titles = {
        "accepted": gettext_lazy("申し込み完了通知"),
        "completed": gettext_lazy("工事完了通知"),
    }
    done_text = gettext_lazy("ダイヤルイン番号が開通しました")

    def input_page(self, order: Order) -> str:
        """Where something is missing, else the last page before the confirm page."""
        return at_once_steps.address(order, at_once_steps.first_open(order) or at_once_steps.CONTACT)

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Only before acceptance: what an accepted order needs it has reserved."""
        fresh = [order for order in orders if order.accepted_at is None]
        reasons = {order: _not_finished() for order in fresh if at_once_steps.first_open(order)}
        reasons |= at_once.recheck([order for order in fresh if order not in reasons], now)
        for order in fresh:
            if order not in reasons and (reason := at_once_supply.shortage(order, now)):
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("お申し込み後すぐに（通常は数秒で）開通します"), action=_("この内容で申し込む"))

    def summary(self, order: Order) -> list[Row]:
        return at_once_words.summary(order, today=calendar.today(clock.now()))

    def quote(self, order: Order) -> Quote:
        claims = at_once.claims_of(order)
        prices = price_list(plan=at_once.contract_of(order).plan, on=calendar.today(clock.now()))
        lines = []
        for kind, count in at_once.totals(claims).items():
            fee = prices.get(claiming.NUMBER_ITEMS[kind], 0)
            values = {"kind": Kind(kind).label, "fee": money.yen(fee), "n": f"{count:,}"}
            lines.append((_("%(kind)s 月額料金 %(fee)s × %(n)s番号") % values, fee * count))
        return Quote(monthly=sum(amount for _label, amount in lines), lines=tuple(lines))

    def units(self, order: Order) -> int:
        return sum(at_once.totals(at_once.claims_of(order)).values())

    def code_name(self, order: Order) -> str:
        return "、".join(row["code"] for row in order.data.get("rows", []) if "code" in row)

    def issued_page(self, order: Order) -> str:
        return reverse("numbering:issued-numbers", args=[order.uuid]) if order.state == State.COMPLETED else ""

    def again(self, order: Order) -> dict[str, Any] | None:
        """The same rows and contact; consent is given anew, and a code that this order has used up is not repeated."""
        data = order.data
        used = order.state not in FRUITLESS
        rows = [row for row in data.get("rows", []) if not (used and "code" in row)]
        if not rows:
            return None
        kept = {name: data[name] for name in ("method", "contact") if name in data}
        bases = list(dict.fromkeys(row["base"] for row in rows))
        if data.get("method") == at_once.FILE:
            name = data.get("file", {}).get("name", "")
            return {**kept, "rows": rows, "file": {"name": name, "count": len(rows), "bad": []}}
        return {**kept, "bases": bases, "rows": rows, "typed": at_once.typed_of(rows)}

    def reserve(self, orders: Sequence[Order]) -> None:
        today = calendar.today(clock.now())
        for order in orders:
            claims = at_once.claims_of(order)
            works.require_free(voice_contracts={claim.base.voice_contract_id for claim in claims})
            claiming.reserve(order=order, claims=claims, today=today)

    def release(self, orders: Sequence[Order]) -> None:
        for order in orders:
            claiming.release(order=order)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        issued = claiming.activate(orders=orders, now=clock.now())
        empty = [order.request_id for order in orders if not issued[order]]
        if empty:
            raise RuntimeError(f"no numbers are reserved for {empty[:5]}")
        return {order: Done({"numbers": digits}) for order, digits in issued.items()}


def _not_finished() -> str:
    return _("入力が終わっていない項目があります。入力画面で続きを入力してください。")
