"""050番号追加申込: numbers from the pool, at once (spec 2)."""

from collections.abc import Sequence
from datetime import date, datetime

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.services import NoTariff, monthly_fee
from numbering import items
from numbering.models import Allowance, Assignment
from numbering.services import allowances, pool
from numbering.services.issuing import issue
from numbering.services.stock import LARGEST_ORDER
from selfcare import calendar, clock, money, phones, text
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
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
from selfcare.orders.states import State


def _contact(contract: Contract) -> dict[str, str]:
    return {"contact": contract.contact_name, "phone": phones.display(contract.contact_phone)}


def _over_limit(contract: Contract, allowance: Allowance) -> str:
    """What a customer reads who wants more than is left, with whom to talk to."""
    left = allowance.limit - allowance.added
    values = {"left": left, "limit": allowance.limit, "added": allowance.added, **_contact(contract)}
    if left <= 0:
        return (
            _(
                "追加できる番号数の上限（%(limit)d番号）に達しているため、これ以上は追加できません。"
                "さらに必要な場合は、%(contact)s（%(phone)s）へご相談ください。"
            )
            % values
        )
    return (
        _(
            "追加できるのは、あと%(left)d番号です（上限%(limit)d番号のうち%(added)d番号を追加済み）。"
            "さらに必要な場合は、%(contact)s（%(phone)s）へご相談ください。"
        )
        % values
    )


def _shortage(contract: Contract) -> str:
    return _(
        "ただいま追加できる番号が不足しているため、お申し込みを受け付けられません。番号は追加されていません。"
        "お急ぎの場合は、%(contact)s（%(phone)s）へご連絡ください。"
    ) % _contact(contract)


class CountForm(OrderForm):
    count = forms.CharField(
        label=gettext_lazy("追加番号数"),
        help_text=gettext_lazy("1から50までの数字で入力してください。"),
        error_messages={"required": gettext_lazy("追加番号数を入力してください。")},
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "4"}),
    )
    count.unit = pgettext_lazy("unit", "番号")  # type: ignore[attr-defined]

    def clean_count(self) -> int:
        try:
            count = text.parse_count(self.cleaned_data["count"])
        except ValueError:
            count = 0
        if not 1 <= count <= LARGEST_ORDER:
            raise forms.ValidationError(
                _("追加番号数は、1から%(most)dまでの整数で入力してください。") % {"most": LARGEST_ORDER}
            )
        contract = _contract(self.order)
        allowance = allowances.allowance_of(contract)
        if count > allowance.limit - allowance.added:
            raise forms.ValidationError(_over_limit(contract, allowance))
        return count


@register
class Addition(Procedure):
    code = "numbering.add"
    title = gettext_lazy("050番号追加申込")
    function = "numbering.add"
    subject = Contract
    steps = (CountForm,)
    result_template = "numbering/_issued.html"
    holds_while_pending = True

    def intro(self, order: Order) -> Intro:
        contract = _contract(order)
        allowance = allowances.allowance_of(contract)
        held = Assignment.objects.filter(customer_id=contract.customer_id, contract=contract).active().count()
        fee = _fee(contract, calendar.today(clock.now()))
        return Intro(
            facts=(
                Row(_("ご契約"), str(contract)),
                Row(_("現在の050番号数"), _("%(n)d番号") % {"n": held}),
                Row(_("追加できる番号数"), _("あと%(n)d番号") % {"n": max(0, allowance.limit - allowance.added)}),
                Row(_("1番号あたりの月額料金"), "—" if fee is None else money.yen(fee)),
            ),
            notes=(
                _("番号の解約は書面でのお申し込みのみとなります。番号数をよくお確かめください。"),
                _("番号は連続しないことがあります。"),
                _("月額料金は、現在ご契約の料金プランによります。"),
                _("解約から半年以上たった番号を、あらためてご提供することがあります。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Only before acceptance: what an accepted order needs it has reserved."""
        fresh = [order for order in orders if order.accepted_at is None]
        if not fresh:
            return {}
        kept = allowances.allowances_of([_contract(order) for order in fresh])
        reasons = {}
        for order in fresh:
            contract = _contract(order)
            allowance = kept[contract.pk]
            count = order.data.get("count", 1)
            wanted = pool.Wanted(count)
            if _fee(contract, calendar.today(now)) is None:
                reasons[order] = _no_tariff(contract)
            elif count > allowance.limit - allowance.added:
                reasons[order] = _over_limit(contract, allowance)
            elif pool.in_stock(wanted=wanted, today=calendar.today(now)) < count:
                reasons[order] = _shortage(contract)
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("お申し込み後すぐに（通常は数秒で）ご利用いただけます"))

    def summary(self, order: Order) -> list[Row]:
        return [
            Row(_("ご契約"), str(_contract(order))),
            Row(_("追加番号数"), _("%(n)d番号") % {"n": order.data["count"]}),
        ]

    def quote(self, order: Order) -> Quote:
        fee = _fee(_contract(order), calendar.today(clock.now()))
        if fee is None:
            return Quote()
        count = order.data["count"]
        line = _("050番号 月額料金 %(fee)s × %(n)d番号") % {"fee": money.yen(fee), "n": count}
        return Quote(monthly=fee * count, lines=((line, fee * count),))

    def units(self, order: Order) -> int:
        return int(order.data["count"])

    def issued_page(self, order: Order) -> str:
        return reverse("numbering:issued-numbers", args=[order.uuid]) if order.state == State.COMPLETED else ""

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self._claim(order)

    def _claim(self, order: Order) -> None:
        contract = _contract(order)
        count = order.data["count"]
        try:
            allowances.take(contract=contract, count=count)
            pool.claim_numbers(
                wanted=pool.Wanted(count), contract=contract, order=order, today=calendar.today(clock.now())
            )
        except allowances.OverLimit:
            raise NotPossible(_over_limit(contract, allowances.allowance_of(contract))) from None
        except pool.PoolShortage:
            raise NotPossible(_shortage(contract)) from None
        except pool.PoolBusy:
            raise NotPossible(
                _(
                    "ただいま混み合っているため、お申し込みを受け付けられませんでした。番号は追加されていません。"
                    "少し待ってから、もう一度お試しください。"
                )
            ) from None

    def release(self, orders: Sequence[Order]) -> None:
        for order in orders:
            allowances.untake(contract_id=_contract(order).pk, count=pool.give_back(order=order))

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        issued = issue(orders=orders, now=clock.now())
        short = [order.request_id for order in orders if len(issued[order]) != order.data["count"]]
        if short:
            raise RuntimeError(f"fewer numbers are reserved than ordered: {short[:5]}")
        return {order: Done({"numbers": digits}) for order, digits in issued.items()}


def _contract(order: Order) -> Contract:
    """An addition's subject is its contract."""
    contract: Contract = subject_of(order)
    return contract


def _fee(contract: Contract, day: date) -> int | None:
    try:
        return monthly_fee(contract=contract, item=items.MONTHLY_050, on=day)
    except NoTariff:
        return None


def _no_tariff(contract: Contract) -> str:
    return _(
        "ご契約の料金プランに050番号の月額料金が登録されていないため、お申し込みを受け付けられません。"
        "%(contact)s（%(phone)s）へご連絡ください。"
    ) % _contact(contract)
