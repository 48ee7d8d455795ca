"""ダイヤルイン番号の追加（工事日指定）: numbers from a construction date on, which operators see through (spec 5.3)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from numbering.dial_in.models import VoiceContract
from selfcare import calendar
from selfcare.orders.models import Order
from selfcare.orders.procedures import Outcome, Procedure, Promise, Row, Wait, register, subject_of

#: What is due waits for its operators, whose steps are events of their own.
_NEVER = timedelta(days=36_500)


@register
class DialInByDate(Procedure):
    code = "numbering.dial_in_by_date"
    title = gettext_lazy("ダイヤルイン番号の追加（工事日指定）")
    function = "numbering.dial_in"
    subject = VoiceContract
    draft_life = timedelta(days=30)
    shares_draft = True
    staged = True
    step_labels = (
        gettext_lazy("契約と同意"),
        gettext_lazy("内容"),
        gettext_lazy("確認事項"),
        gettext_lazy("工事日"),
        gettext_lazy("担当者"),
    )
    state_words: ClassVar[dict[str, object]] = {
        "acknowledged": gettext_lazy("受付"),
        "in_progress": gettext_lazy("受付"),
        "confirming": pgettext_lazy("construction", "確認中"),
        "arranged": gettext_lazy("工事手配"),
        "done": gettext_lazy("工事完了"),
        "returned": gettext_lazy("差戻し"),
        "completed": gettext_lazy("竣工"),
    }

    def input_page(self, order: Order) -> str:
        return reverse("numbering:dial-in-by-date-menu", args=[order.uuid])

    def promise(self, order: Order, now: datetime) -> Promise:
        """The opening on the construction day; undone until that day begins."""
        day = date.fromisoformat(order.data["date"])
        due = datetime.combine(day, time.fromisoformat(order.data["time"] or "08:30"), tzinfo=calendar.TOKYO)
        text = _("%(day)s の工事で開通します") % {"day": dateformat.format(day, _("Y年n月j日(D)"))}
        return Promise(due, text, cancel_until=calendar.midnight(day))

    def summary(self, order: Order) -> list[Row]:
        voice_contract: VoiceContract = subject_of(order)
        return [Row(_("音声契約"), str(voice_contract))]

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """The day has come: what is left to do is done, and said, by operators."""
        return {order: Wait(order.phase, order.due_at + _NEVER) for order in orders if order.due_at}
