"""お支払い方法の変更: another method from the next bill on; the first bill goes by the one that was registered."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import CardRegistration, PaymentMethod
from billing.models.payments import Kind
from billing.payments import cards, methods
from billing.payments.days import coming_payment_on
from selfcare import calendar, clock
from selfcare.accounts.models import Contract, Role
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    Failed,
    Intro,
    OrderForm,
    Outcome,
    Procedure,
    Promise,
    Row,
    register,
    subject_of,
)

#: In the order's data a card is "card:<its registration>".
_CARD = "card:"


def _contract(order: Order) -> Contract:
    contract: Contract = subject_of(order)
    return contract


class MethodForm(OrderForm):
    """A card is registered first (the page's own button); here those that have passed stand to be chosen."""

    method = forms.ChoiceField(
        label=gettext_lazy("変更後のお支払い方法"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("お支払い方法を選んでください。"),
            "invalid_choice": gettext_lazy("このカードは、いまは選べません。もう一度カードを登録してください。"),
        },
    )
    prefill = ("method",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = cards.ready(_contract(self.order), clock.real_now())
        choices = [(f"{_CARD}{row.uuid}", _of_card(row)) for row in ready]
        choices += [
            (Kind.TRANSFER.value, _("銀行振込（請求書の振込先へお振り込み）")),
            (Kind.DEBIT.value, _("口座振替（依頼書を郵送します。手続きに1〜2か月かかります）")),
        ]
        self.fields["method"].choices = choices  # type: ignore[attr-defined]
        if ready:
            self.fields["method"].initial = choices[0][0]


def _of_card(registration: CardRegistration) -> str:
    facts = {"brand": registration.card_brand, "last4": registration.card_last4}
    return _("クレジットカード %(brand)s 下4桁 %(last4)s（本人認証済み）") % facts


def _registration(order: Order) -> CardRegistration | None:
    wish = str(order.data.get("method", ""))
    if not wish.startswith(_CARD):
        return None
    return cards.result(uuid.UUID(wish.removeprefix(_CARD)))


@register
class PaymentMethodChange(Procedure):
    code = "billing.payment_method"
    title = gettext_lazy("お支払い方法の変更")
    function = "billing.payment"
    role = Role.OWNER
    subject = Contract
    exclusive = "payment_method"
    while_suspended = True
    steps = (MethodForm,)
    input_template = "billing/payments/method.html"
    done_text = gettext_lazy("お支払い方法の変更を受け付けました")

    def input_page(self, order: Order) -> str:
        return f"{reverse('payments:method')}?draft={order.uuid}"

    def intro(self, order: Order) -> Intro:
        contract = _contract(order)
        present, coming = methods.method_of(contract=contract), methods.coming_of(contract)
        facts = [Row(_("ご契約"), str(contract)), Row(_("現在のお支払い方法"), _words(present))]
        if coming is not None:
            facts.append(Row(_("変更予定のお支払い方法"), _words(coming)))
        return Intro(
            tuple(facts),
            (
                _("変更は次回のご請求から適用されます。すでに確定したご請求は、これまでの方法でお支払いください。"),
                _("初回のご請求は、本申込のときに登録されていたお支払い方法になります。"),
                _("クレジットカードは、本人認証（3Dセキュア）に対応したものだけをご利用いただけます。"),
            ),
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        reasons = {}
        for order in orders:
            card = _registration(order)
            if str(order.data.get("method", "")).startswith(_CARD):
                if card is None or card.state != CardRegistration.State.PASSED or card.method_id:
                    reasons[order] = _("このカードの登録は完了していません。もう一度カードを登録してください。")
                elif card.card_expires_on is None or card.card_expires_on < calendar.today(now):
                    reasons[order] = _("カードの有効期限が切れています。別のカードを登録してください。")
            elif order.data.get("method") == Kind.DEBIT and methods.waiting_of(_contract(order)):
                reasons[order] = _("口座振替はお手続き中です。お届けした口座振替依頼書をご返送ください。")
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        if order.data.get("method") == Kind.DEBIT:
            return Promise(now, _("口座振替依頼書のお手続きが完了した後の、次回のご請求から"))
        return Promise(now, _from_words(_contract(order), methods.first_month(_contract(order))))

    def summary(self, order: Order) -> list[Row]:
        contract = _contract(order)
        rows = [
            Row(_("ご契約"), str(contract)),
            Row(_("お支払い方法"), _wish(order), old=_words(methods.method_of(contract=contract))),
        ]
        until = methods.method_of(contract=contract)
        if until is not None and order.data.get("method") != Kind.DEBIT:
            rows.append(Row(_("適用されるご請求"), _from_words(contract, methods.first_month(contract))))
            if methods.first_month(contract) > methods.running_month(contract):
                rows.append(
                    Row(_("初回のご請求"), _("登録済みの方法（%(method)s）でお支払い") % {"method": _words(until)})
                )
        return rows

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        return {order: self._carry_out(order) for order in orders}

    def _carry_out(self, order: Order) -> Outcome:
        wish, card = str(order.data["method"]), _registration(order)
        if reason := self.check([order], clock.now()).get(order):
            return Failed(reason)
        kind = Kind.CARD.value if wish.startswith(_CARD) else wish
        made = methods.change(contract=_contract(order), kind=kind, registration=card, actor=order.actor)
        return Done({"method": made.pk})


def _words(method: PaymentMethod | None) -> str:
    return method.words if method is not None else _("登録されていません")


def _wish(order: Order) -> str:
    card = _registration(order)
    if card is not None:
        return _of_card(card)
    return str(Kind(order.data["method"]).label)


def _from_words(contract: Contract, month: date) -> str:
    paid_on = coming_payment_on(contract, month)
    words = {"year": month.year, "month": month.month}
    if paid_on is None:
        return _("%(year)d年%(month)d月分のご請求から") % words
    day = {"on": f"{paid_on:%Y/%m/%d}"}
    return _("%(year)d年%(month)d月分のご請求（お支払い日 %(on)s）から") % (words | day)
