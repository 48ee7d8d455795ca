"""登録メールアドレスの変更: in force once a link at the old and one at the new address have been confirmed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import Contract, Role
from selfcare.accounts.services.addresses import checked
from selfcare.contract_data.services import mail_links
from selfcare.orders.models import Order
from selfcare.orders.procedures import (
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
from selfcare.orders.states import State


class MailForm(OrderForm):
    prefill = ("contract",)
    contract = forms.ChoiceField(label=gettext_lazy("契約"))
    mail = forms.EmailField(
        label=gettext_lazy("新しい登録メールアドレス"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Contract.objects.active().filter(customer_id=self.order.customer_id)
        self.contracts = {contract.number: contract for contract in active.order_by("started_on", "pk")}
        self.fields["contract"].choices = [  # type: ignore[attr-defined]
            (number, f"{contract}　{contract.mail}") for number, contract in self.contracts.items()
        ]

    def clean_mail(self) -> str:
        return checked(self.cleaned_data["mail"].strip())

    def clean(self) -> dict[str, Any]:
        contract = self.contracts.get(self.cleaned_data.get("contract", ""))
        mail = self.cleaned_data.get("mail", "")
        if contract is not None and mail.casefold() == contract.mail.casefold():
            self.add_error("mail", ValidationError(_("すでに登録されているメールアドレスです。"), code="same"))
        return self.cleaned_data

    def chosen(self) -> Contract | None:
        return self.contracts.get(self.cleaned_data.get("contract", ""))


@register
class MailChange(Procedure):
    code = mail_links.CODE
    title = gettext_lazy("登録メールアドレスの変更")
    function = ""
    hours_of = None
    role = Role.OWNER
    subject = Contract
    exclusive = "contract.mail"
    finds_subject = True
    steps = (MailForm,)
    approvable = False
    while_suspended = True
    waiting_label = gettext_lazy("メールでの確認待ち")
    accepted_text = gettext_lazy("確認のメールをお送りしました")
    done_text = gettext_lazy("登録メールアドレスを変更しました")
    state_words: ClassVar[dict[str, Any]] = {State.ACKNOWLEDGED.value: gettext_lazy("メールでの確認待ち")}

    def input_page(self, order: Order) -> str:
        page = reverse("contract_data:mail")
        return f"{page}?draft={order.uuid}" if order.pk else page

    def intro(self, order: Order) -> Intro:
        return Intro(
            notes=(
                _(
                    "これまでと新しいメールアドレスの両方に、確認のリンクをお送りします。両方のリンクを開くと変わります。"
                ),
                _("これまでのアドレスのメールを受け取れないときは、お問い合わせください。書面で変更します。"),
                _("変更すると、これまでのアドレスに認証コードが届いていた方は、ログアウトされます。"),
            )
        )

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        """One that waits for its links is left alone: they say for themselves when they are over."""
        reasons = {}
        for order in orders:
            contract, mail = subject_of(order), order.data.get("mail", "")
            if not order.accepted_at and contract is not None and mail.casefold() == contract.mail.casefold():
                reasons[order] = _("すでに登録されているメールアドレスです。")
            elif not order.accepted_at and contract is not None and _is_waiting(contract):
                reasons[order] = _(
                    "この契約の変更を申し込み中です。確認のリンクを開くか、先の申し込みを取り消してください。"
                )
        return reasons

    def promise(self, order: Order, now: datetime) -> Promise:
        due = now + mail_links.VALIDITY
        return Promise(
            due,
            _("両方のメールアドレスでリンクを開くと、すぐに変わります"),
            cancel_until=due,
            note=_("リンクは24時間有効です。片方でも開かれないときは、変更せずに終わります。"),
            action=_("確認のメールを送る"),
        )

    def summary(self, order: Order) -> list[Row]:
        contract: Contract = subject_of(order)
        # Once it is in force the contract has the new one; what was accepted is frozen on the order.
        return [Row(_("契約"), str(contract)), Row(_("登録メールアドレス"), order.data["mail"], contract.mail)]

    def again(self, order: Order) -> dict[str, Any] | None:
        return None

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            mail_links.send_links(order, new=order.data["mail"])

    def release(self, orders: Sequence[Order]) -> None:
        mail_links.forget_links(orders)

    def mails(self, order: Order) -> frozenset[str]:
        """The links say that it has been asked for, and `registered_mail_changed` tells both addresses of its end."""
        return frozenset({"failed", "cancelled"})

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        """Due: nobody has confirmed both in time."""
        return {
            order: Failed(_("24時間以内に両方のリンクが開かれなかったため、変更していません。")) for order in orders
        }


def _is_waiting(contract: Contract) -> bool:
    waiting = Order.objects.open().filter(procedure=mail_links.CODE, subject_id=contract.pk)
    return waiting.exists()
