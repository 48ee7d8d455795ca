"""SIPパスワードを元に戻す: by an operator, when a change that has been reflected was a mistake (spec 3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.models import Assignment
from numbering.services import password_facts, sip_password_operating, sip_passwords
from selfcare import clock, phones
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
    Done,
    NotPossible,
    OrderForm,
    Outcome,
    Procedure,
    Promise,
    Row,
    register,
    subject_of,
)


class RestorationForm(OrderForm):
    reason = forms.CharField(
        label=gettext_lazy("理由（お客様が読みます）"),
        help_text=gettext_lazy("お申し込みの画面とメールにそのまま表示されます。"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )

    def clean(self) -> dict[str, Any]:
        """With the password that is to end: another one that is live when the order is confirmed was not meant."""
        assignment = subject_of(self.order)
        live = sip_passwords.current([assignment], now=clock.now()).get(assignment.number_id)
        return {**self.cleaned_data, "credential": live.pk if live else None}


@register
class PasswordRestoration(Procedure):
    """`data`: reason, credential (id of the one that ends)."""

    code = "numbering.sip_password_restore"
    title = gettext_lazy("IP加入電話パスワードを元に戻す手続き")
    function = "numbering.sip_password"
    subject = Assignment
    # The key of a change: a change and this can never be under way together.
    exclusive = sip_passwords.CHANGE
    operator_only = True
    takes_effect_by_itself = True
    steps = (RestorationForm,)
    done_text = gettext_lazy("IP加入電話パスワードを元に戻しました。")

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """Only before acceptance, which is also when it is carried out."""
        reasons = {}
        for order in orders:
            if order.accepted_at is None and (reason := _obstacle(order, now)):
                reasons[order] = reason
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("すぐに反映されます"))

    def summary(self, order: Order) -> list[Row]:
        return [
            Row(_("IP加入電話番号"), phones.display(subject_of(order).digits)),
            Row(_("IP加入電話パスワード"), _("前回の変更の前のパスワードに戻します")),
            Row(_("理由"), order.data["reason"]),
            Row(
                _("電話機の設定"),
                _("電話機のパスワードの設定も、元のパスワードに戻してください。戻すまで発着信できません。"),
            ),
        ]

    def facts(self, order: Order) -> list[Row]:
        return password_facts.of_order(order)

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            sip_password_operating.bring_back(order=order, assignment=subject_of(order))

    def release(self, orders: Sequence[Order]) -> None:
        """Nothing waits: what acceptance has done is undone by bringing the other password back."""
        raise NotPossible(
            _("すでに反映されているため、取り消すことはできません。もう一度元に戻す手続きをしてください。")
        )

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """Nothing is left to do: the password is live since the acceptance."""
        return dict.fromkeys(orders, Done())


def _obstacle(order: Order, now: datetime) -> str:
    assignment = subject_of(order)
    reason = sip_password_operating.obstacle(assignment, now=now)
    if reason or "credential" not in order.data:
        return reason
    live = sip_passwords.current([assignment], now=now).get(assignment.number_id)
    if live is None or live.pk != order.data["credential"]:
        return _("入力の後にパスワードが変わりました。入力画面からもう一度お申し込みください。")
    return ""
