"""番号の追加・解約 (spec 7.3): more telephone numbers on the contract, or fewer."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.services import cloud_items
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Ringing, Stage, Use
from numbering.cloud.procedures import moments
from numbering.cloud.procedures.ids import RemoveForm, due_day, fees, priced, totals
from numbering.cloud.procedures.settlement import cloud_of
from numbering.cloud.services import holdings, number_changes
from numbering.models import Kind
from numbering.services import pool
from selfcare import calendar, clock
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

_IP = Kind.IP_050.value


class AddNumberForm(OrderForm):
    area = forms.ChoiceField(
        label=gettext_lazy("番号の種類"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "市外局番つきの番号は、住所を確認済みの地域で追加できます。ほかの地域の番号は、お客様センターへご相談ください。"
        ),
    )
    count = forms.IntegerField(
        label=gettext_lazy("追加番号数"),
        min_value=1,
        max_value=number_changes.MOST_AT_ONCE,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "size": "4"}),
    )
    count.unit = pgettext_lazy("unit", "番号")  # type: ignore[attr-defined]
    when = moments.adding()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = number_changes.areas(cloud_of(self.order))
        self.fields["area"].choices = [(area, _area_words(area)) for area in [*areas, _IP]]  # type: ignore[attr-defined]
        self.fields["area"].initial = areas[0] if areas else _IP


@register
class AddNumber(Procedure):
    """`data`: area ("050" or a 市外局番), count, when. Acceptance takes the numbers aside; the result names them."""

    code = "cloud.add_number"
    title = gettext_lazy("クラウド電話の番号追加")
    function = "cloud.numbers"
    subject = Contract
    steps = (AddNumberForm,)
    holds_while_pending = True
    result_template = "numbering/cloud/_numbers_added.html"
    done_text = gettext_lazy("番号を追加しました")

    def intro(self, order: Order) -> Intro:
        held = holdings.of(cloud_of(order))
        return Intro(
            (
                Row(_("ご契約"), str(subject_of(order))),
                Row(_("現在の電話番号"), _("%(n)d番号") % {"n": len(held.numbers)}),
                *fees(cloud_items.NUMBER),
            ),
            (
                _("番号は選べません。空いている番号から割り当てます。"),
                _("追加した番号は、すべてのIDで鳴ります。「番号ID設定」で変更できます。"),
                _("解約した番号は、ほかのお客様に割り当てることがあります。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            cloud = cloud_of(order)
            if reason := _cannot_add(order, cloud, now):
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return moments.promise(order, now, at_once=_("お申し込み後すぐに使えます"))

    def summary(self, order: Order) -> list[Row]:
        return [
            Row(_("ご契約"), str(subject_of(order))),
            Row(_("番号の種類"), _area_words(order.data["area"])),
            Row(_("追加番号数"), _("%(n)d番号") % {"n": order.data["count"]}),
            *totals(order, self.quote(order)),
        ]

    def quote(self, order: Order) -> Quote:
        before = holdings.of(cloud_of(order))
        after = before.copy()
        after.numbers += number_changes.unsaved(before.cloud, order.data["count"])
        return priced(before, after)

    def units(self, order: Order) -> int:
        return int(order.data["count"])

    def reserve(self, orders: Sequence[Order]) -> None:
        today = calendar.today(clock.now())
        for order in orders:
            number_changes.reserve(cloud=cloud_of(order), wanted=_wanted(order), order=order, today=today)

    def release(self, orders: Sequence[Order]) -> None:
        for order in orders:
            pool.give_back(order=order)

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        outcomes: dict[Order, Outcome] = {}
        for order in orders:
            try:
                made = number_changes.add(order=order, on=due_day(order), cause=f"order:{order.request_id}")
            except NotPossible as error:
                outcomes[order] = Failed(str(error))
                continue
            outcomes[order] = Done({"numbers": [one.digits for one in made]})
        return outcomes


@register
class RemoveNumber(Procedure):
    """`data`: when. The subject is the number."""

    code = "cloud.remove_number"
    title = gettext_lazy("クラウド電話の番号解約")
    function = "cloud.numbers"
    subject = CloudNumber
    exclusive = "cloud.number"
    is_final = True
    steps = (RemoveForm,)
    done_text = gettext_lazy("番号を解約しました")

    def intro(self, order: Order) -> Intro:
        one: CloudNumber = subject_of(order)
        return Intro(
            (Row(_("電話番号"), str(one)), Row(_("名前"), one.label or "—")),
            (
                _("解約すると、この番号への電話とFAXは受けられなくなります。元に戻すことはできません。"),
                _("番号をほかの電話会社へ移す場合は、解約せず、移転先の電話会社にお申し込みください。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            one: CloudNumber = subject_of(order)
            if one.ended_on is not None or one.cloud.stage == Stage.ENDED:
                reasons[order] = _("この番号は、すでに解約されています。")
            elif one.pk == one.cloud.representative_id:
                reasons[order] = _(
                    "代表番号は、この番号だけを解約することはできません。契約の解約をお申し込みください。"
                )
            elif reason := moments.too_late(order, one.cloud.ends_on, now):
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return moments.promise(order, now, at_once=_("お申し込み後すぐに解約されます"))

    def summary(self, order: Order) -> list[Row]:
        one: CloudNumber = subject_of(order)
        rows = [Row(_("電話番号"), str(one)), Row(_("名前"), one.label or "—")]
        options = [
            str(cloud_items.WORDS[item])
            for item, is_on in (
                (cloud_items.FAX, one.fax),
                (cloud_items.AFTER_HOURS, one.after_hours),
                (cloud_items.VOICEMAIL, one.voicemail),
            )
            if is_on
        ]
        if options:
            rows.append(Row(_("あわせて終了するオプション"), _("、").join(options)))
        ringing = [row.cloud_id.login_name for row in Ringing.objects.filter(number=one).select_related("cloud_id")]
        if ringing:
            rows.append(Row(_("鳴らなくなるID"), _("、").join(sorted(ringing))))
        if callers := _callers(one):
            words = _("%(ids)s の発信番号は、代表番号 %(number)s に変わります")
            rows.append(
                Row(_("発信番号"), words % {"ids": _("、").join(callers), "number": one.cloud.representative or "—"})
            )
        return [*rows, *totals(order, self.quote(order))]

    def quote(self, order: Order) -> Quote:
        one: CloudNumber = subject_of(order)
        before = holdings.of(one.cloud)
        after = before.copy()
        after.numbers = [row for row in after.numbers if row.pk != one.pk]
        return priced(before, after)

    def again(self, order: Order) -> None:
        return None

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        by_day: dict[date, list[Order]] = {}
        for order in orders:
            by_day.setdefault(due_day(order), []).append(order)
        for on, group in by_day.items():
            number_changes.remove(pks=[order.subject_id or 0 for order in group], on=on)
        return dict.fromkeys(orders, Done())


def _area_words(area: str) -> str:
    return _("050番号") if area == _IP else _("市外局番 %(area)s の番号") % {"area": area}


def _wanted(order: Order) -> pool.Wanted:
    area = order.data["area"]
    return pool.Wanted(order.data["count"]) if area == _IP else pool.Wanted(order.data["count"], Kind.GEOGRAPHIC, area)


def _cannot_add(order: Order, cloud: CloudContract, now: datetime) -> str:
    if cloud.stage == Stage.ENDED:
        return _("この契約はすでに解約されています。")
    if order.accepted_at is not None:
        return ""
    if cloud.representative_id is None:
        return _("最初の電話番号がまだないため、番号を追加できません。番号の切り替えの後にお申し込みください。")
    if reason := moments.too_late(order, cloud.ends_on, now):
        return reason
    return _obstacle(order, cloud, now) if "area" in order.data else ""


def _obstacle(order: Order, cloud: CloudContract, now: datetime) -> str:
    if order.data["area"] not in {_IP, *number_changes.areas(cloud)}:
        return _("この地域の番号は、追加できません。")
    held = CloudNumber.objects.live().filter(cloud=cloud, use=Use.VOICE).count()
    if held + order.data["count"] > number_changes.MOST:
        words = _("電話番号は、1つのご契約で%(most)d番号までです。さらに必要な場合は、お客様センターへご相談ください。")
        return words % {"most": number_changes.MOST}
    if pool.in_stock(wanted=_wanted(order), today=calendar.today(now)) < order.data["count"]:
        return number_changes.shortage()
    return moments.unpriced(cloud_items.NUMBER)


def _callers(one: CloudNumber) -> list[str]:
    return list(CloudId.objects.live().filter(outgoing=one).order_by("pk").values_list("login_name", flat=True))
