"""番号ポータビリティに変更: during a trial, instead of cancelling and applying again (spec 7.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import cloud_prices
from numbering.cloud.models import CloudPortIn, Opening, PortOrigin, Stage
from numbering.cloud.procedures.settlement import cloud_of, day, without_price
from numbering.cloud.services import holdings, opening, port_origins, porting
from selfcare import calendar, clock, phones
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
    Wait,
    register,
)

#: Steps are events; in between it is looked at once a day.
_LOOK = timedelta(days=1)


class PortInForm(OrderForm):
    digits = forms.CharField(
        label=gettext_lazy("移行する電話番号"),
        max_length=20,
        help_text=gettext_lazy("いまお使いの固定電話の番号です。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national"}),
    )
    origin = forms.ChoiceField(
        label=gettext_lazy("番号を取得した電話サービス"),
        help_text=gettext_lazy("番号を最初に取得したときの電話サービスです。移行できるかどうかがこれで決まります。"),
        widget=forms.RadioSelect,
    )
    carrier = forms.CharField(label=gettext_lazy("現在の電話会社"), max_length=60)
    holder = forms.CharField(
        label=gettext_lazy("現在の契約者名"),
        max_length=120,
        help_text=gettext_lazy("現在の電話会社の請求書に書かれているとおりに入力してください。"),
    )
    keeps_line = forms.BooleanField(
        label=gettext_lazy("切り替えが終わるまで、現在の電話を解約しません"),
        help_text=gettext_lazy("先に解約すると番号が失われ、移行できなくなります。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = port_origins.movable(on=calendar.today(clock.now()))
        self.fields["origin"].choices = [(row.code, _(row.words)) for row in rows]  # type: ignore[attr-defined]

    def clean_digits(self) -> str:
        try:
            return phones.normalize(self.cleaned_data["digits"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "digits" in data and "origin" in data:
            today = calendar.today(clock.now())
            if reason := porting.why_not(digits=data["digits"], origin=data["origin"], today=today):
                self.add_error("digits", reason)
        return data


@register
class PortIn(Procedure):
    code = "cloud.port_in"
    title = gettext_lazy("番号ポータビリティに変更")
    function = "cloud.settle"
    subject = Contract
    exclusive = "cloud.port_in"
    steps = (PortInForm,)
    staged = True
    accepted_text = gettext_lazy("番号ポータビリティのお申し込みを受け付けました")
    done_text = gettext_lazy("番号の切り替えが完了しました")
    state_words = {
        "applied": gettext_lazy("可否確認中"),
        "possible": gettext_lazy("工事日調整中"),
        "dated": gettext_lazy("工事日決定"),
    }

    def intro(self, order: Order) -> Intro:
        cloud = cloud_of(order)
        facts = (
            Row(_("契約番号"), cloud.contract.number),
            Row(_("現在の電話番号"), phones.display(opening.telephone(cloud)) or "—"),
        )
        free = _("番号の切り替えと本申込が完了するまで、料金はかかりません。")
        moving = _("当社での移行費用は0円です。現在の電話会社から費用を請求される場合があります。")
        return Intro(facts, (*([free] if porting.lacks_number(cloud) else _tried()), moving))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            cloud = cloud_of(order)
            if order.accepted_at is not None:
                continue
            if cloud.stage != Stage.TRIAL:
                reasons[order] = _(
                    "番号ポータビリティへの変更は、お試し中の契約でできます。お客様センターへご連絡ください。"
                )
            elif cloud.ends_on is not None:
                reasons[order] = _("解約のお申し込みを受け付けています。先に解約を取り消してください。")
            elif porting.open_of(cloud) is not None or (cloud.is_ported and not porting.lacks_number(cloud)):
                reasons[order] = _("番号ポータビリティの手続きは、すでに行われています。")
            elif "digits" in order.data:
                why = porting.why_not(
                    digits=order.data["digits"], origin=order.data["origin"], today=calendar.today(now)
                )
                why = why or without_price(lambda: self.quote(order))  # noqa: B023 - asked at once
                reasons |= {order: why} if why else {}
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        text = _("受け付け後、現在の電話会社に移行できるかを確認し、工事日をご連絡します（通常2〜3週間）")
        return Promise(now, text, action=_("番号ポータビリティを申し込む"))

    def summary(self, order: Order) -> list[Row]:
        cloud, data = cloud_of(order), order.data
        origin = PortOrigin.objects.filter(code=data["origin"]).first()
        return [
            Row(_("契約番号"), cloud.contract.number),
            Row(_("電話番号"), phones.display(data["digits"]), old=phones.display(opening.telephone(cloud))),
            Row(_("番号を取得した電話サービス"), _(origin.words) if origin else data["origin"]),
            Row(_("現在の電話会社"), data["carrier"]),
            Row(_("現在の契約者名"), data["holder"]),
            Row(_("移行費用"), _("0円（現在の電話会社から費用を請求される場合があります）")),
            Row(_("料金の開始"), _("切り替えの後、本申込をされた日から（それまでは無料）")),
        ]

    def quote(self, order: Order) -> Quote:
        """What 本申込 will cost more than without: nothing is charged before."""
        prices = cloud_prices(on=calendar.today(clock.now()))
        held = holdings.of(cloud_of(order))
        after = held.copy()
        after.cloud.is_ported = True
        before, brought = held.quote(prices), after.quote(prices)
        monthly, once = brought.monthly - before.monthly, brought.once - before.once
        lines = ((_("初期費用の差額（本申込のとき）"), once), (_("月額料金の差額（本申込から）"), monthly))
        return Quote(monthly=monthly, once=once, lines=lines)

    def facts(self, order: Order) -> list[Row]:
        port_in = CloudPortIn.objects.filter(order=order).first()
        if port_in is None:
            return []
        rows = [Row(_("進み具合"), port_in.get_step_display())]
        return rows + ([Row(_("工事日"), day(port_in.construction_on))] if port_in.construction_on else [])

    def again(self, order: Order) -> None:
        return None

    def reserve(self, orders: Sequence[Order]) -> None:
        today = calendar.today(clock.now())
        for order in orders:
            data = order.data
            porting.apply_for(
                cloud=cloud_of(order),
                digits=data["digits"],
                origin=data["origin"],
                carrier=data["carrier"],
                holder=data["holder"],
                today=today,
                order=order,
            )
            # The free days stand still: they are counted anew from the switch on.
            Opening.objects.filter(cloud=order.subject_id).update(usable_on=None, reminders=0, reminded_on=None)

    def release(self, orders: Sequence[Order]) -> None:
        rows = CloudPortIn.objects.open().filter(order__in=orders).select_related("cloud__contract__customer", "order")
        porting.withdraw(port_ins=list(rows), actor=None)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        port_ins = {row.order_id: row for row in CloudPortIn.objects.filter(order__in=orders)}
        now = clock.now()
        return {order: _outcome(port_ins[order.pk], now) for order in orders}


def _tried() -> tuple[str, ...]:
    """What becomes of the number that is tried."""
    return (
        _("お試しの内容（ID・設定・オプション）はそのまま引き継がれます。解約してお申し込みし直す必要はありません。"),
        _(
            "切り替えが終わるまで、お試しの番号は無料でお使いいただけます。料金は、切り替えと本申込が完了してからかかります。"
        ),
        _("切り替えの後、お試しの番号は使えなくなり、ログインIDは移行した番号に変わります。"),
    )


def _outcome(port_in: CloudPortIn, now: datetime) -> Outcome:
    if port_in.step == CloudPortIn.Step.SWITCHED:
        return Done()
    if port_in.step == CloudPortIn.Step.REFUSED:
        return Failed(port_in.reason)
    if port_in.step == CloudPortIn.Step.WITHDRAWN:
        return Failed(_("お客様のご希望、または解約により取りやめました。"))
    return Wait(port_in.step, now + _LOOK)
