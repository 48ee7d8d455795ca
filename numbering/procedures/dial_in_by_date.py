"""ダイヤルイン番号の追加（工事日指定）: numbers from a construction date on, which operators see through (spec 5.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in import dates, entered, summary
from numbering.dial_in.models import VoiceContract
from numbering.dial_in.services import claiming, ports, wish_checks, wishes, works
from numbering.dial_in.services.wishes import Wish
from numbering.dial_in.stages import Stage, stage_of
from selfcare import calendar, clock
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    ALL_MAILS,
    Outcome,
    Procedure,
    Promise,
    Quote,
    Row,
    Wait,
    register,
)
from selfcare.orders.services.correcting import RETURNED, awaits_correction
from selfcare.orders.states import State

#: What is due waits for its operators, whose steps are moves of their own.
_NEVER = timedelta(days=36_500)


@register
class DialInByDate(Procedure):
    code = works.BY_DATE
    title = gettext_lazy("ダイヤルイン番号の追加（工事日指定）")
    function = "numbering.dial_in"
    subject = VoiceContract
    draft_life = timedelta(days=30)
    holds_while_pending = True
    shares_draft = True
    staged = True
    step_labels = (
        gettext_lazy("契約"),
        gettext_lazy("内容"),
        gettext_lazy("確認事項"),
        gettext_lazy("工事日"),
        gettext_lazy("ご担当者"),
    )
    state_words: ClassVar[dict[str, Any]] = {
        State.ACKNOWLEDGED.value: Stage.RECEIVED.label,
        State.IN_PROGRESS.value: Stage.RECEIVED.label,
        Stage.CONFIRMING.value: Stage.CONFIRMING.label,
        Stage.ARRANGED.value: Stage.ARRANGED.label,
        Stage.DONE.value: Stage.DONE.label,
        Stage.RETURNED.value: Stage.RETURNED.label,
        State.COMPLETED.value: Stage.COMPLETED.label,
    }
    mail_titles: ClassVar[dict[str, Any]] = {"accepted": gettext_lazy("申し込み完了通知")}
    done_text = gettext_lazy("竣工しました")

    def input_page(self, order: Order) -> str:
        return reverse("numbering:dial-in-by-date-menu", args=[order.uuid])

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """What is accepted has what it needs; what has come back is asked everything again."""
        open_for_changes = [order for order in orders if order.accepted_at is None or awaits_correction(order)]
        # As of the day on which it will be accepted.
        opening = self.hours().next_opening(now)
        reasons = {order: wish_checks.reason(wishes.of(order), opening) for order in open_for_changes}
        return {order: reason for order, reason in reasons.items() if reason}

    def promise(self, order: Order, now: datetime) -> Promise:
        """The opening on the construction day; undone until that day begins."""
        when = wishes.When.of(order.data)
        if when.day is None:
            raise ValueError(f"{order.uuid} has no construction date")
        due = dates.opening(when.day, when.hour)
        words = {"day": dates.in_words(when.day), "at": f"{calendar.local(due):%-H:%M}"}
        text = _("%(day)s %(at)s の工事で開通します") if when.hour else _("%(day)s の工事で開通します")
        completion = dates.completion_on(when.day, business_days(since=when.day))
        note = _("竣工予定日は %(day)s です。") % {"day": dates.in_words(completion)}
        # Operators may arrange it at any time before the day.
        note += _("工事の手配が済んだあとは、取り消せません。")
        action = _("%(day)s の工事を申し込む") % {"day": dateformat.format(when.day, _("n月j日"))}
        return Promise(due, text % words, cancel_until=calendar.midnight(when.day), note=note, action=action)

    def summary(self, order: Order) -> list[Row]:
        wish = wishes.of(order)
        # Of the day on which they are taken, as in `reserve`: outside the hours an order is accepted tomorrow, and its
        # numbers are kept today.
        return summary.rows(wish, claiming.plans_for(order, wish.claims, today=calendar.today(clock.now())))

    def quote(self, order: Order) -> Quote:
        """Charged from the opening on, by the prices of that day."""
        wish = wishes.of(order)
        on = wish.when.day
        return summary.quote(wish, order.contract, on) if order.contract and on else Quote()

    def units(self, order: Order) -> int:
        """New numbers and those that come from elsewhere or move."""
        return wishes.of(order).totals.all

    def facts(self, order: Order) -> list[Row]:
        return entered.facts(order)

    def issued_page(self, order: Order) -> str:
        is_issued = stage_of(order) in (Stage.DONE, Stage.COMPLETED)
        return reverse("numbering:issued-numbers", args=[order.uuid]) if is_issued else ""

    def again(self, order: Order) -> dict[str, Any] | None:
        """Its parts are rows of their own, and a number is brought only once: a new one begins anew."""
        return None

    def reserve(self, orders: Sequence[Order]) -> None:
        """Numbers, codes, the door to a second order for the same ported numbers, and the site's work begins."""
        today = calendar.today(clock.now())
        for order in orders:
            wish = wishes.of(order)
            if awaits_correction(order):
                # Looked for before: of what it holds it keeps what it still wants.
                claiming.plans_for(order, wish.claims, today=today)
                self._give_back(order)
            else:
                works.begin(voice_contract=wish.voice_contract.pk)
            claiming.reserve(order=order, claims=wish.claims, today=today)
            ports.hold(order=order, digits=_numbers_to_bring(wish))

    def release(self, orders: Sequence[Order]) -> None:
        """Of one that is being sent again everything is kept until `reserve` knows what it wants now."""
        ids = [order.pk for order in orders]
        returned = Order.objects.filter(pk__in=ids, state=State.PENDING, phase=RETURNED)
        kept = set(returned.values_list("pk", flat=True))
        for order in orders:
            if order.pk not in kept:
                self._give_back(order)
                works.end(voice_contract=order.subject_id or 0)

    def _give_back(self, order: Order) -> None:
        claiming.release(order=order)
        ports.let_go(order=order)

    def mails(self, order: Order) -> frozenset[str]:
        """The numbers are announced when they are there, at 工事完了, by who has done the work."""
        return ALL_MAILS - {"completed"}

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """The day has come: what is left to do is done, and said, by operators."""
        return {order: Wait(order.phase, order.due_at + _NEVER) for order in orders if order.due_at}


def _numbers_to_bring(wish: Wish) -> list[str]:
    return [row.number for _part, row in wish.ports]
