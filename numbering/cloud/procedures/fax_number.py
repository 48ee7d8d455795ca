"""クラウドFAX番号の追加: クラウドFAX with a number of its own, at once (spec 7.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import CloudPrices, NoTariff, cloud_items
from numbering.cloud.forms.options import FaxNumberForm, held_of, name_of, prices_today, read_for
from numbering.cloud.models import CloudId, CloudNumber, Stage, Use
from numbering.cloud.procedures.moments import unpriced
from numbering.cloud.procedures.options import effective_on, locked, totals
from numbering.cloud.services import holdings, options
from numbering.models import Kind
from numbering.services import pool
from selfcare import calendar, money
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Failed,
    Intro,
    NotPossible,
    Outcome,
    Procedure,
    Promise,
    Quote,
    Row,
    register,
)
from selfcare.orders.states import FRUITLESS


@register
class FaxNumber(Procedure):
    """`data`: place ("050" or an area), ids (of CloudId rows)."""

    code = "cloud.fax_number"
    title = gettext_lazy("クラウドFAX番号の追加")
    function = "cloud.options"
    subject = Contract
    steps = (FaxNumberForm,)
    next_label = gettext_lazy("料金を確認する")
    done_text = gettext_lazy("クラウドFAX番号を追加しました")
    result_template = "numbering/cloud/_fax_number_result.html"

    def intro(self, order: Order) -> Intro:
        held, prices = held_of(order), prices_today()
        price = _price(prices)
        facts = (Row(_("ご契約"), held.cloud.contract.number), Row(_("料金（税抜）"), price), *totals(held, held))
        notes = (
            _("FAX専用の番号が1つ追加されます。番号の料金は月額に含まれています。"),
            _("市外局番から始まる番号は、ご契約にある電話番号と同じ市外局番から選べます。"),
        )
        return Intro(facts, notes)

    def again(self, order: Order) -> dict[str, Any] | None:
        return dict(order.data) if order.state in FRUITLESS else None

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        read_for(orders)
        reasons = {order: self._reason(order, now) for order in orders}
        return {order: reason for order, reason in reasons.items() if reason}

    def _reason(self, order: Order, now: datetime) -> str:
        held = held_of(order)
        if held.cloud.stage == Stage.ENDED:
            return _("このご契約は終了しているため、番号を追加できません。")
        if order.accepted_at is not None or "place" not in order.data:
            return ""
        if not _users(held, order):
            return options.no_users()
        if sum(row.use == Use.FAX for row in held.numbers) >= options.MOST_FAX:
            words = _(
                "FAX番号は、1つのご契約で%(most)d番号までです。さらに必要な場合は、お客様センターへご相談ください。"
            )
            return words % {"most": options.MOST_FAX}
        if reason := unpriced(cloud_items.FAX_NUMBER):
            return reason
        if not pool.in_stock(wanted=wanted_of(order.data["place"]), today=calendar.today(now)):
            return _(
                "ただいま%(place)sの番号の在庫がないため、お申し込みを受け付けられません。番号は追加されていません。別の種類の番号をお選びください。"
            ) % {"place": order.data["place"]}
        return ""

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("お申し込み後すぐに（通常は数秒で）ご利用いただけます"), action=_("FAX番号を追加する"))

    def summary(self, order: Order) -> list[Row]:
        held = held_of(order)
        place = order.data["place"]
        return [
            Row(_("ご契約"), held.cloud.contract.number),
            Row(_("番号の種類"), _("%(place)sから始まる番号") % {"place": place}),
            Row(_("このFAX番号を使うID"), _("、").join(name_of(row) for row in _users(held, order)) or "—"),
            *totals(held, _after(held)),
        ]

    def quote(self, order: Order) -> Quote:
        held, prices = held_of(order), prices_today()
        return holdings.difference(held, _after(held), prices) if prices else Quote()

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        clouds = locked(orders)
        outcomes: dict[Order, Outcome] = {}
        for order in orders:
            cloud = clouds[order.subject_id or 0]
            if cloud.stage == Stage.ENDED:
                outcomes[order] = Failed(_("このご契約は終了しているため、番号を追加できません。"))
                continue
            try:
                number = options.add_fax_number(
                    cloud=cloud,
                    wanted=wanted_of(order.data["place"]),
                    ids=order.data["ids"],
                    request_id=order.request_id,
                    on=effective_on(order),
                )
            except NotPossible as error:
                outcomes[order] = Failed(str(error))
            else:
                outcomes[order] = Done({"numbers": [number.digits]})
        return outcomes


def _price(prices: CloudPrices | None) -> str:
    if prices is None:
        return "—"
    try:
        once, monthly = prices.once(cloud_items.FAX_NUMBER), prices.monthly(cloud_items.FAX_NUMBER)
    except NoTariff:
        return "—"
    return _("初期 %(once)s・月額 %(monthly)s") % {"once": money.yen(once), "monthly": money.yen(monthly)}


def wanted_of(place: str) -> pool.Wanted:
    return pool.Wanted(1) if place == "050" else pool.Wanted(1, Kind.GEOGRAPHIC, place)


def _users(held: holdings.Holdings, order: Order) -> list[CloudId]:
    return [row for row in held.ids if row.pk in order.data["ids"]]


def _after(held: holdings.Holdings) -> holdings.Holdings:
    after = held.copy()
    after.numbers.append(CloudNumber(cloud=held.cloud, use=Use.FAX, fax=True))
    return after
