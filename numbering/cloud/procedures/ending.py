"""解約 of a cloud phone contract, from its page; or by an operator, for a trial that nobody answers about."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import NoTariff, cloud_prices
from numbering.cloud.models import CloudContract, Opening, Stage
from numbering.cloud.procedures.settlement import cloud_of, day
from numbering.cloud.services import ending, opening, trials
from selfcare import calendar, clock, money, phones
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
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

#: How far ahead an end can be booked; that of a trial only within the period that has begun.
MONTHS = 12


class EndForm(OrderForm):
    ends_on = forms.DateField(
        label=gettext_lazy("解約日"),
        help_text=gettext_lazy("この日の終わりまで利用できます。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    understands = forms.BooleanField(
        label=gettext_lazy("解約日の後は、電話番号もログインIDも使えなくなることを確認しました"),
        help_text=gettext_lazy(
            "当社で取得した番号は、ほかのお客様に割り当てられることがあります。元に戻すことはできません。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = calendar.today(clock.now())
        last = _latest(cloud_of(self.order), first)
        self.fields["ends_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        self.fields["ends_on"].initial = self._suggested(first)

    def _suggested(self, today: date) -> date:
        """The last day of what is paid for anyhow: of the free days, or of the period that has begun."""
        return trials.period_of(today).last

    def clean_ends_on(self) -> str:
        chosen: date = self.cleaned_data["ends_on"]
        first = calendar.today(clock.now())
        last = _latest(cloud_of(self.order), first)
        if not first <= chosen <= last:
            raise forms.ValidationError(_between(first, last))
        return chosen.isoformat()


class OperatorEndForm(EndForm):
    reason = forms.CharField(label=gettext_lazy("解約の理由（お客様が読みます）"), max_length=200)
    field_order = ("ends_on", "reason", "understands")


@register
class End(Procedure):
    code = "cloud.end"
    title = gettext_lazy("クラウド電話の解約")
    function = "cloud.end"
    subject = Contract
    exclusive = "cloud.end"
    is_final = True
    outlives_contract = True
    while_suspended = True
    steps: ClassVar[tuple[type[OrderForm], ...]] = (EndForm,)
    next_label = gettext_lazy("解約の内容を確認する")
    accepted_text = gettext_lazy("解約のお申し込みを受け付けました")
    done_text = gettext_lazy("解約が完了しました")

    def intro(self, order: Order) -> Intro:
        cloud = cloud_of(order)
        facts = [
            Row(_("契約番号"), cloud.contract.number),
            Row(_("電話番号"), phones.display(opening.telephone(cloud)) or "—"),
        ]
        free = _free_until(cloud)
        if cloud.stage == Stage.TRIAL and free is not None:
            facts.append(Row(_("無料お試しの最終日"), day(free)))
        return Intro(tuple(facts), _notes(cloud, free))

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        today, reasons = calendar.today(now), {}
        for order in orders:
            cloud = cloud_of(order)
            if order.accepted_at is not None:
                continue
            if cloud.stage == Stage.ENDED:
                reasons[order] = _("この契約はすでに解約されています。")
            elif cloud.ends_on is not None:
                reasons[order] = _("解約のお申し込みをすでに受け付けています。")
            elif "ends_on" in order.data and _ends_on(order) < today:
                reasons[order] = _("解約日を過ぎています。解約日は、今日以降の日付にしてください。")
            elif "ends_on" in order.data and _ends_on(order) > (last := _latest(cloud, today)):
                reasons[order] = _between(today, last)
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        last = _ends_on(order)
        due = ending.end_moment(last)
        text = _("%(day)s の終わりまで利用でき、翌日の0:00に解約されます") % {"day": day(last)}
        action = _("%(day)s で解約を申し込む") % {"day": dateformat.format(last, _("n月j日"))}
        return Promise(due, text, cancel_until=due, action=action)

    def summary(self, order: Order) -> list[Row]:
        cloud, last = cloud_of(order), _ends_on(order)
        rows = [
            Row(_("契約番号"), cloud.contract.number),
            Row(_("電話番号"), phones.display(opening.telephone(cloud)) or "—"),
            Row(_("解約日"), day(last)),
            Row(_("これからのご請求"), _still_billed(cloud, last)),
        ]
        if lent := ending.to_return(cloud):
            words = _("%(what)s。解約日の後にお返しください。返送の方法は、お客様センターへお問い合わせください。")
            shown = "、".join(f"{one.get_kind_display()} {one.code}" for one in lent)
            rows.append(Row(_("お返しいただく機器"), words % {"what": shown}))
        if bought := list(ending.still_coming(cloud).order_by("pk")):
            words = _("%(what)s。お買い上げの機器のため、解約の後でもお届けします。")
            shown = "、".join(f"{one.get_kind_display()} {one.code}" for one in bought)
            rows.append(Row(_("お届けする機器"), words % {"what": shown}))
        if order.data.get("reason"):
            rows.append(Row(_("解約の理由"), order.data["reason"]))
        return rows + [_cancelled_with_it(change) for change in _falling(order, last)]

    def quote(self, order: Order) -> Quote:
        """What is no longer charged every month, and what a trial that is free no more still costs."""
        cloud = cloud_of(order)
        billed = ending.still_billed(cloud, last_day=_ends_on(order))
        if cloud.stage == Stage.ACTIVE:
            return Quote(monthly=-billed.monthly, lines=((_("クラウド電話の月額料金"), -billed.monthly),))
        if billed.period is None:
            return Quote()
        return Quote(once=billed.amount, lines=((_("お試し期間後の月額料金"), billed.amount),))

    def again(self, order: Order) -> None:
        return None

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            ending.book(contract=subject_of(order), last_day=_ends_on(order), order=order)

    def release(self, orders: Sequence[Order]) -> None:
        for order in orders:
            ending.unbook(contract=subject_of(order))

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        for order in orders:
            ending.end(
                contract=subject_of(order),
                last_day=_ends_on(order),
                request_id=order.request_id,
                actor=order.taken_by,
            )
        return dict.fromkeys(orders, Done())


@register
class EndByOperator(End):
    """For trials that nobody has ordered for good after their reminders, and for written requests."""

    code = "cloud.end_by_operator"
    title = gettext_lazy("クラウド電話の解約（オペレーター）")
    operator_only = True
    steps = (OperatorEndForm,)


def _ends_on(order: Order) -> date:
    return date.fromisoformat(order.data["ends_on"])


def _latest(cloud: CloudContract, today: date) -> date:
    """A trial ends with its period: nobody is reminded of 本申込 while an end is booked, and no month is charged."""
    return trials.period_of(today).last if cloud.stage == Stage.TRIAL else calendar.add_months(today, MONTHS)


def _between(first: date, last: date) -> str:
    told = _("解約日は、%(first)s から %(last)s までの日付にしてください。")
    return told % {"first": day(first), "last": day(last)}


def _free_until(cloud: CloudContract) -> date | None:
    row = Opening.objects.filter(cloud=cloud).first()
    return trials.free_until(row) if row is not None else None


def _notes(cloud: CloudContract, free: date | None) -> tuple[str, ...]:
    if cloud.stage == Stage.ACTIVE:
        first = _(
            "月額料金は、解約日を含む請求期間（26日から翌月25日まで）の終わりまでかかります。日割りはありません。"
        )
    elif free is None:
        first = _(
            "番号の切り替え前ですので、解約しても料金はかかりません。現在の電話はこれまでどおりご利用いただけます。"
        )
    else:
        first = _(
            "%(day)s までに解約される場合、料金はかかりません。"
            "翌日からは、その時点で始まっている請求期間の月額料金がかかります。"
        ) % {"day": day(free)}
    return (
        first,
        _("解約日の終わりまで、ご契約内容の画面から解約を取り消せます。"),
        _(
            "番号をほかの電話会社へ移す場合は、解約せず、移転先の電話会社にお申し込みください。先に解約すると番号を移せません。"
        ),
    )


def _still_billed(cloud: CloudContract, last: date) -> str:
    billed = ending.still_billed(cloud, last_day=last)
    if billed.period is None:
        return _("ありません（無料お試し中の解約）")
    try:
        prices = cloud_prices(on=last)
    except NoTariff:
        prices = cloud_prices(on=calendar.today(clock.now()))
    taxed = prices.with_tax(billed.amount)
    facts = {
        "first": day(billed.period.first),
        "last": day(billed.period.last),
        "amount": money.yen(billed.amount),
        "taxed": money.yen(taxed),
    }
    if cloud.stage == Stage.TRIAL:
        return (
            _("%(first)s から %(last)s までの請求期間の月額料金 %(amount)s（税込 %(taxed)s）を1回だけご請求します")
            % facts
        )
    return _("%(last)s までの請求期間で終わります。最後の月額料金は %(amount)s（税込 %(taxed)s）です") % facts


def _falling(order: Order, last: date) -> list[Order]:
    """As first read: what acceptance cancels is still on the page that it freezes."""
    if not hasattr(order, "_falling"):
        order._falling = ending.falling_after(subject_of(order), last_day=last, but=[order] if order.pk else [])
    return list(order._falling)


def _cancelled_with_it(change: Order) -> Row:
    at = dateformat.format(calendar.local(change.due_at), _("n/j(D) H:i")) if change.due_at else ""
    text = _("%(title)s %(request)s（%(at)s に反映される予定でした。解約にともない取り消します）")
    return Row(
        _("あわせて取り消す申し込み"),
        text % {"title": change.handler.title, "request": change.request_id, "at": at},
    )
