"""連絡先の変更: telephone and person, at once and without documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import phones
from selfcare.accounts.models import Role
from selfcare.contract_data.models import Contact, Holder
from selfcare.contract_data.services import contacts
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, OrderForm, Outcome, Procedure, Promise, Row, register, subject_of


class ContactForm(OrderForm):
    phone = forms.CharField(
        label=gettext_lazy("連絡先電話番号"),
        max_length=30,
        help_text=gettext_lazy("日中にご連絡できる番号。例：03-1234-5678"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    person = forms.CharField(
        label=gettext_lazy("ご担当者名"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holder = Holder.objects.get(pk=self.order.customer_id)
        now = Contact.objects.filter(customer=self.holder).first()
        if now is not None:
            self.initial = {"phone": phones.display(now.phone), "person": now.person, **self.initial}

    def clean_phone(self) -> str:
        try:
            digits = phones.normalize(self.cleaned_data["phone"])
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if not (digits.startswith("0") and len(digits) in (10, 11)):
            raise ValidationError(_("市外局番からの10桁または11桁で入力してください。"))
        return digits

    def chosen(self) -> Holder:
        return self.holder


@register
class ContactChange(Procedure):
    code = "contract.contact"
    title = gettext_lazy("連絡先の変更")
    function = ""
    hours_of = None
    role = Role.OWNER
    subject = Holder
    finds_subject = True
    steps = (ContactForm,)
    while_suspended = True
    done_text = gettext_lazy("連絡先を変更しました")

    def input_page(self, order: Order) -> str:
        page = reverse("contract_data:contact")
        return f"{page}?draft={order.uuid}" if order.pk else page

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        current = Contact.objects.in_bulk([order.subject_id for order in orders if order.subject_id])
        return {
            order: _("登録済みの内容と同じです。")
            for order in orders
            if not order.accepted_at and "phone" in order.data and _of(current.get(order.subject_id)) == _wanted(order)
        }

    def promise(self, order: Order, now: datetime) -> Promise:
        return Promise(now, _("すぐに変わります"))

    def summary(self, order: Order) -> list[Row]:
        holder: Holder = subject_of(order)
        old = _of(Contact.objects.filter(customer=holder).first())
        phone, person = _wanted(order)
        return [
            _row(_("連絡先電話番号"), phones.display(old[0]), phones.display(phone)),
            _row(_("ご担当者名"), old[1], person),
        ]

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        contacts.change({order: _wanted(order) for order in orders})
        return {order: Done() for order in orders}


def _of(contact: Contact | None) -> tuple[str, str]:
    return (contact.phone, contact.person) if contact else ("", "")


def _wanted(order: Order) -> tuple[str, str]:
    return order.data.get("phone", ""), order.data.get("person", "")


def _row(label: str, old: str, new: str) -> Row:
    return Row(label, new or "—", (old or "—") if old != new else "")
