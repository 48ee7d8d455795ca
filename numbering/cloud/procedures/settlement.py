"""本申込: the customer orders for good what has been tried (spec 7.1)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django import forms
from django.shortcuts import get_object_or_404
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import NoTariff
from numbering.cloud.models import CloudContract
from numbering.cloud.services import opening, settling
from selfcare import calendar, clock, money, phones
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Failed,
    Intro,
    OrderForm,
    Outcome,
    Procedure,
    Promise,
    Quote,
    Row,
    register,
    subject_of,
)


class SettlementForm(OrderForm):
    agrees = forms.BooleanField(
        label=gettext_lazy("本日から料金がかかること、機器を発送することに同意します"),
        error_messages={"required": gettext_lazy("同意される場合は、チェックを入れてください。")},
    )


@register
class Settlement(Procedure):
    code = "cloud.settle"
    title = gettext_lazy("クラウド電話の本申込")
    function = "cloud.settle"
    subject = Contract
    exclusive = "cloud.settle"
    steps = (SettlementForm,)
    next_label = gettext_lazy("料金を確認する")
    done_text = gettext_lazy("本申込が完了しました")
    mail_titles = {"completed": gettext_lazy("本申込完了のお知らせ")}

    def intro(self, order: Order) -> Intro:
        cloud = cloud_of(order)
        facts = [
            Row(_("契約番号"), subject_of(order).number),
            Row(_("電話番号"), phones.display(opening.telephone(cloud)) or "—"),
            Row(_("お支払い方法"), settling.method_words(subject_of(order)) or _("未登録")),
        ]
        notes = (
            _(
                "本申込をされた日から月額料金がかかります。月額料金は26日から翌月25日までを1か月分とし、日割りはありません。"
            ),
            _("お支払い日は、毎月、本申込をされた日と同じ日です。31日の場合は月の最終日になります。"),
            _("機器は、本申込の1〜2営業日後に発送します。"),
        )
        return Intro(tuple(facts), notes)

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {order: _reason(order, now) for order in orders if order.accepted_at is None}
        return {order: reason for order, reason in reasons.items() if reason}

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("ただちに本申込が完了し、料金がかかり始めます"), action=_("この内容で本申込をする"))

    def summary(self, order: Order) -> list[Row]:
        cloud, on = cloud_of(order), _day_of(order)
        terms = settling.terms(cloud, on=on)
        first = settling.pays_with(cloud)
        rows = [
            Row(_("契約番号"), cloud.contract.number),
            Row(_("電話番号"), phones.display(opening.telephone(cloud)) or "—"),
            Row(_("月額料金（税抜／税込）"), _pair(terms.quote.monthly, terms.quote.monthly_with_tax)),
            Row(_("初期費用（税抜／税込）"), _pair(terms.quote.once, terms.quote.once_with_tax)),
            Row(_("課金開始日"), day(on)),
            Row(_("お支払い日"), payment_day_words((first and first.payment_day) or terms.payment_day)),
            Row(_("お支払い方法"), settling.method_words((first or cloud).contract) or _("未登録")),
        ]
        if first is not None:
            words = _(
                "ご契約 %(number)s とまとめて1つのご請求になり、お支払い日とお支払い方法もそのご契約と同じになります"
            )
            rows.append(Row(_("ご請求のまとめ"), words % {"number": first.contract.number}))
        if terms.ship_by is not None:
            rows.append(Row(_("機器の発送"), _("%(day)s までに発送します") % {"day": day(terms.ship_by)}))
        return rows

    def quote(self, order: Order) -> Quote:
        quote = settling.terms(cloud_of(order), on=_day_of(order)).quote
        lines = []
        for line in quote.lines:
            words = line.words if line.count == 1 else f"{line.words} × {line.count}"
            if line.once:
                lines.append((_("%(item)s（初期費用）") % {"item": words}, line.once))
            if line.monthly:
                lines.append((_("%(item)s（月額）") % {"item": words}, line.monthly))
        return Quote(monthly=quote.monthly, once=quote.once, lines=tuple(lines))

    def again(self, order: Order) -> None:
        return None

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        now = clock.now()
        outcomes: dict[Order, Outcome] = {}
        for order in orders:
            on = settling.settled_on(order.accepted_at, now)
            done = settling.settle(contract=subject_of(order), request_id=order.request_id, on=on, actor=order.taken_by)
            outcomes[order] = (
                Done() if done else Failed(_("本申込の前に、契約の状態が変わりました。料金はかかっていません。"))
            )
        return outcomes


def _reason(order: Order, now: datetime) -> str:
    cloud = cloud_of(order)
    return settling.why_not(cloud) or without_price(lambda: settling.terms(cloud, on=calendar.today(now)))


def without_price(ask: Callable[[], object]) -> str:
    """Why nothing can be ordered whose price is asked in vain; empty where it is there."""
    try:
        ask()
    except NoTariff:
        return _(
            "ただいま料金を計算できないため、お申し込みを受け付けられません。何も変わっていません。"
            "しばらくしてからもう一度お試しいただくか、お客様センターへご連絡ください。"
        )
    return ""


def cloud_of(order: Order) -> CloudContract:
    """The contract's own row, read once for an order. Raises Http404: what was entered as allowed for a contract of
    another service is no page of it.
    """
    found: CloudContract | None = getattr(order, "_cloud", None)
    if found is None:
        rows = CloudContract.objects.select_related("contract", "representative")
        found = get_object_or_404(rows, pk=order.subject_id)
        order._cloud = found  # type: ignore[attr-defined]
    return found


def _day_of(order: Order) -> date:
    return calendar.today(order.accepted_at or clock.now())


def day(value: date) -> str:
    return dateformat.format(value, _("Y年n月j日(D)"))


def payment_day_words(number: int) -> str:
    """31 is the last day of every month; 29 and 30 are it in February."""
    if number == 31:
        return _("毎月の最終日")
    if number >= 29:
        return _("毎月%(day)s日（ない月は最終日）") % {"day": number}
    return _("毎月%(day)s日") % {"day": number}


def _pair(net: int, gross: int) -> str:
    return f"{money.yen(net)} ／ {money.yen(gross)}"
