"""IDの追加・削除 (spec 7.3): more phones on the contract, or fewer."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.services import NoTariff, cloud_items, cloud_prices
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Equipment, Ringing, Stage, Use
from numbering.cloud.procedures import moments
from numbering.cloud.procedures.settlement import cloud_of
from numbering.cloud.services import holdings, id_changes, releasing
from selfcare import calendar, clock, money
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Failed,
    Intro,
    NotPossible,
    OrderForm,
    Outcome,
    Procedure,
    Promise,
    Quote,
    Row,
    register,
    subject_of,
)


def _count(label: Any, help_text: Any) -> forms.IntegerField:
    field = forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=id_changes.MOST_AT_ONCE,
        initial=0,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "size": "4"}),
    )
    field.unit = pgettext_lazy("unit", "個")  # type: ignore[attr-defined]
    return field


class AddIdsForm(OrderForm):
    smartphones = _count(gettext_lazy("スマートフォン用のID"), gettext_lazy("1つのIDで1台ずつお使いください。"))
    desk_phones = _count(gettext_lazy("固定型IP電話機つきのID"), gettext_lazy("電話機は、設定を済ませてお送りします。"))
    when = moments.adding()

    def clean_smartphones(self) -> int:
        return self.cleaned_data["smartphones"] or 0

    def clean_desk_phones(self) -> int:
        return self.cleaned_data["desk_phones"] or 0

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not values["smartphones"] + values["desk_phones"]:
            self.add_error("smartphones", _("追加するIDの数を入力してください。"))
        return values


@register
class AddIds(Procedure):
    """`data`: smartphones, desk_phones (counts), when. The result names the new login names."""

    code = "cloud.add_ids"
    title = gettext_lazy("クラウド電話のID追加")
    function = "cloud.numbers"
    subject = Contract
    steps = (AddIdsForm,)
    result_template = "numbering/cloud/_ids_added.html"
    done_text = gettext_lazy("IDを追加しました")

    def intro(self, order: Order) -> Intro:
        held = holdings.of(cloud_of(order))
        return Intro(
            (
                Row(_("ご契約"), str(subject_of(order))),
                Row(_("現在のID"), _("%(n)d個") % {"n": len(held.ids)}),
                *fees(cloud_items.ID, cloud_items.ID_DESK_PHONE),
            ),
            (
                _("基本料金には、2つのIDが含まれます。端末1台につき、1つのIDが必要です。"),
                _("追加したIDのパスワードは、追加の後に「番号ID設定」で設定します。"),
                _("追加したIDでは、すべての音声番号が鳴ります。「番号ID設定」で変更できます。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            cloud = cloud_of(order)
            held = holdings.of(cloud)
            if reason := _cannot_change(cloud) or moments.too_late(order, cloud.ends_on, now) or _obstacle(order, held):
                reasons[order] = reason
            elif len(held.ids) + _wanted(order) > id_changes.MOST:
                words = _("IDは、1つのご契約で%(most)d個までです。さらに必要な場合は、お客様センターへご相談ください。")
                reasons[order] = words % {"most": id_changes.MOST}
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return moments.promise(order, now, at_once=_("お申し込み後すぐに、設定できるようになります"))

    def summary(self, order: Order) -> list[Row]:
        rows = [Row(_("ご契約"), str(subject_of(order)))]
        if order.data["smartphones"]:
            rows.append(Row(_("スマートフォン用のID"), _("%(n)d個 追加") % {"n": order.data["smartphones"]}))
        if order.data["desk_phones"]:
            rows.append(Row(_("固定型IP電話機つきのID"), _("%(n)d個 追加") % {"n": order.data["desk_phones"]}))
            active = cloud_of(order).stage == Stage.ACTIVE
            sent = _("追加の後、1～2営業日で発送します") if active else _("本申込の後、1～2営業日で発送します")
            rows.append(Row(_("電話機の発送"), sent))
        return [*rows, *totals(order, self.quote(order))]

    def quote(self, order: Order) -> Quote:
        before = holdings.of(cloud_of(order))
        after = before.copy()
        after.ids += id_changes.unsaved(before, order.data["smartphones"], order.data["desk_phones"])
        return priced(before, after)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        outcomes: dict[Order, Outcome] = {}
        for order in orders:
            wish = {name: order.data[name] for name in ("smartphones", "desk_phones")}
            cause = f"order:{order.request_id}"
            try:
                made = id_changes.add(cloud_id=order.subject_id or 0, on=due_day(order), cause=cause, **wish)
            except NotPossible as error:
                outcomes[order] = Failed(str(error))
                continue
            outcomes[order] = Done({"ids": [[one.code, one.login_name] for one in made]})
        return outcomes


class RemoveForm(OrderForm):
    when = moments.ending()


@register
class RemoveId(Procedure):
    """`data`: when. The subject is the ID."""

    code = "cloud.remove_id"
    title = gettext_lazy("クラウド電話のID削除")
    function = "cloud.numbers"
    subject = CloudId
    exclusive = "cloud.id"
    steps = (RemoveForm,)
    done_text = gettext_lazy("IDを削除しました")

    def intro(self, order: Order) -> Intro:
        one: CloudId = subject_of(order)
        return Intro(
            (Row(_("ログインID"), one.login_name), Row(_("名前"), one.label or "—")),
            (
                _("削除すると、このIDでログインしている端末はログアウトし、発着信できなくなります。"),
                _("同じログインIDを、後から取り戻すことはできません。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            one: CloudId = subject_of(order)
            late = moments.too_late(order, one.cloud.ends_on, now)
            if reason := _cannot_change(one.cloud) or _cannot_remove(one) or late:
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return moments.promise(order, now, at_once=_("お申し込み後すぐに削除されます"))

    def summary(self, order: Order) -> list[Row]:
        one: CloudId = subject_of(order)
        rows = [Row(_("ログインID"), one.login_name), Row(_("名前"), one.label or "—")]
        names = [device.name for device in one.devices.logged_in().order_by("pk")]
        if names:
            rows.append(Row(_("ログアウトする端末"), _("、").join(names)))
        if silent := _only_here(one):
            words = _("%(numbers)s は、このIDだけで鳴っています。ほかのIDに割り当てるまで、どの端末も鳴りません")
            rows.append(Row(_("鳴らなくなる番号"), words % {"numbers": _("、").join(str(row) for row in silent)}))
        if one.flat_rate:
            rows.append(Row(str(cloud_items.WORDS[cloud_items.FLAT_RATE]), _("終了します")))
        rows += [_coming_back(device) for device in releasing.lent_with([one.pk]).order_by("pk")]
        return [*rows, *totals(order, self.quote(order))]

    def quote(self, order: Order) -> Quote:
        one: CloudId = subject_of(order)
        before = holdings.of(one.cloud)
        after = before.copy()
        after.ids = [row for row in after.ids if row.pk != one.pk]
        lent = set(releasing.lent_with([one.pk]).values_list("pk", flat=True))
        after.equipment = [row for row in after.equipment if row.pk not in lent]
        return priced(before, after)

    def again(self, order: Order) -> None:
        return None

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        by_day: dict[date, list[Order]] = {}
        for order in orders:
            by_day.setdefault(due_day(order), []).append(order)
        for on, group in by_day.items():
            id_changes.remove(pks=[order.subject_id or 0 for order in group], on=on, now=clock.now())
        return dict.fromkeys(orders, Done())


def _coming_back(device: Equipment) -> Row:
    """What is lent with an ID ends with it: sent back, or not sent any more."""
    if device.state in releasing.SENT:
        words = _("%(code)s をお返しください。返送の方法は、お客様センターへお問い合わせください。")
    else:
        words = _("%(code)s は発送前のため、発送を取りやめます。")
    return Row(device.get_kind_display(), words % {"code": device.code})


def due_day(order: Order) -> date:
    """The first day of the change: that of its due moment, however late a worker comes to it."""
    return calendar.today(order.due_at or clock.now())


def priced(before: holdings.Holdings, after: holdings.Holdings) -> Quote:
    try:
        return holdings.difference(before, after, cloud_prices(on=calendar.today(clock.now())))
    except NoTariff:
        return Quote()


def fees(*items: str) -> list[Row]:
    """What one of each costs, initial and monthly; nothing where a price has not been entered."""
    try:
        prices = cloud_prices(on=calendar.today(clock.now()))
        costs = [(item, prices.once(item), prices.monthly(item)) for item in items]
    except NoTariff:
        return []
    words = _("初期 %(once)s、月額 %(monthly)s（税抜）")
    return [
        Row(str(cloud_items.WORDS[item]), words % {"once": money.yen(once), "monthly": money.yen(monthly)})
        for item, once, monthly in costs
    ]


def totals(order: Order, quote: Quote) -> list[Row]:
    """The new monthly total, before anything is confirmed; nothing while billing has not begun."""
    cloud: CloudContract = order_cloud(order)
    try:
        old = holdings.of(cloud).monthly(cloud_prices(on=calendar.today(clock.now())))
    except NoTariff:
        return []
    label = _("月額料金の合計（税抜）") if cloud.stage == Stage.ACTIVE else _("本申込の後の月額料金の合計（税抜）")
    return [Row(label, money.yen(old + quote.monthly), old=money.yen(old))]


def order_cloud(order: Order) -> CloudContract:
    subject = subject_of(order)
    return cloud_of(order) if isinstance(subject, Contract) else subject.cloud


def _wanted(order: Order) -> int:
    return int(order.data.get("smartphones", 0)) + int(order.data.get("desk_phones", 0))


def _obstacle(order: Order, held: holdings.Holdings) -> str:
    """Of a draft."""
    if order.accepted_at is not None:
        return ""
    counts = {cloud_items.ID: "smartphones", cloud_items.ID_DESK_PHONE: "desk_phones"}
    if reason := moments.unpriced(*(item for item, name in counts.items() if order.data.get(name))):
        return reason
    return id_changes.rival(held, but=order)


def _cannot_change(cloud: CloudContract) -> str:
    return _("この契約はすでに解約されています。") if cloud.stage == Stage.ENDED else ""


def _cannot_remove(one: CloudId) -> str:
    if one.ended_on is not None:
        return _("このIDは、すでに削除されています。")
    if one.is_included:
        return _("基本料金に含まれるIDは、削除できません。")
    alone = _only_here(one, use=Use.FAX)
    if alone:
        words = _("FAX番号 %(numbers)s を使うIDがなくなるため、削除できません。先に、ほかのIDに割り当ててください。")
        return words % {"numbers": _("、").join(str(row) for row in alone)}
    return ""


def _only_here(one: CloudId, use: str = Use.VOICE) -> list[CloudNumber]:
    elsewhere = Ringing.objects.exclude(cloud_id=one).filter(number__cloud_id=one.cloud_id).values("number_id")
    here = CloudNumber.objects.live().filter(ringing__cloud_id=one, use=use)
    return list(here.exclude(pk__in=elsewhere).order_by("digits"))
