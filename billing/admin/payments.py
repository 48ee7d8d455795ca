"""Payments as operators see them: methods, what is paid and what hangs, receipts, the provider's word, the ledger.

Nothing is edited: money that arrived or went back is a new entry, and a wrong one is followed by its opposite.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import CardCharge, CardRegistration, LedgerEntry, Payment, PaymentMethod, ProviderEvent
from billing.payments import ledger, methods, receipts
from selfcare import calendar, clock
from selfcare.staff import groups
from selfcare.staff.admins.customers import Rows
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm, ReasonForm

for _noun in ("paymentmethod", "payment", "cardcharge", "ledgerentry", "providerevent", "cardregistration"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.BILLING)
for _noun in ("paymentmethod", "payment", "ledgerentry"):
    groups.allow(f"billing.change_{_noun}", groups.BILLING)

_REFUSALS = {
    "known": gettext_lazy("同じ日付と照会番号の記録がすでにあります。二重に入力していないか確認してください。"),
    "charging": gettext_lazy("カードで決済中です。結果が出てから入力してください。"),
    "too_much": gettext_lazy("入金された額より多くは返金できません。"),
    "not_by_hand": gettext_lazy("オペレーターが入力した記録だけを訂正できます。"),
    "not_held": gettext_lazy("この支払いは、いまは確認中ではありません。"),
}


def _told(refused: receipts.Refused) -> ValidationError:
    return ValidationError(_REFUSALS[refused.code])


class MoneyForm(OperationForm):
    """Money on the bank's statement."""

    amount = forms.IntegerField(label=gettext_lazy("金額（円・税込）"), min_value=1, max_value=10**10)
    day = forms.DateField(label=gettext_lazy("入出金の日"), widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.RegexField(
        r"\A[A-Za-z0-9-]{1,40}\Z",
        label=gettext_lazy("銀行の照会番号"),
        help_text=gettext_lazy(
            "入出金明細の番号（英数字とハイフン）。同じ日付と番号は一度しか入力できません（訂正した後は入力できます）。"
            "1回の入金を複数の請求に分けるときは、番号の末尾に -2 などを付けてください。"
        ),
    )
    reason = forms.CharField(label=gettext_lazy("備考"), max_length=200, help_text=gettext_lazy("監査記録に残ります。"))

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > calendar.today(clock.now()):
            raise ValidationError(_("先の日付は入力できません。"))
        return day


class AccountForm(ReasonForm):
    account = forms.CharField(
        label=gettext_lazy("引落口座"),
        max_length=120,
        help_text=gettext_lazy("金融機関・支店・種別と、口座番号の下3桁だけを入力してください。"),
    )
    field_order = ("account", "reason")


def _enter(request: HttpRequest, payment: Payment, data: dict[str, Any]) -> str:
    try:
        receipts.enter(
            payment=payment, amount=data["amount"], received_on=data["day"], reference=data["reference"],
            note=data["reason"], actor=operator(request),
        )  # fmt: skip
    except receipts.Refused as refused:
        raise _told(refused) from None
    return _("入金を記録しました。")


def _refund(request: HttpRequest, payment: Payment, data: dict[str, Any]) -> str:
    try:
        receipts.refund(
            payment=payment, amount=data["amount"], paid_on=data["day"], reference=data["reference"],
            note=data["reason"], actor=operator(request),
        )  # fmt: skip
    except receipts.Refused as refused:
        raise _told(refused) from None
    return _("返金を記録しました。")


def _settle(*, is_paid: bool) -> Any:
    def run(request: HttpRequest, payment: Payment, data: dict[str, Any]) -> str:
        try:
            receipts.settle_by_hand(payment=payment, is_paid=is_paid, note=data["reason"], actor=operator(request))
        except receipts.Refused as refused:
            raise _told(refused) from None
        return _("確認の結果を記録しました。")

    return run


def _correct(request: HttpRequest, entry: LedgerEntry, data: dict[str, Any]) -> str:
    try:
        receipts.correct(entry=entry, note=data["reason"][:200], actor=operator(request))
    except receipts.Refused as refused:
        raise _told(refused) from None
    return _("反対の記録を加えました。正しい記録は、支払いの画面から入力してください。")


def _confirm_form(request: HttpRequest, method: PaymentMethod, data: dict[str, Any]) -> str:
    if methods.confirm_form(method=method, account=data["account"], actor=operator(request)) is None:
        raise ValidationError(_("この口座振替は、いまは手続き中ではありません。"))
    return _("口座振替を、次回のご請求から適用します。")


def _refuse_form(request: HttpRequest, method: PaymentMethod, data: dict[str, Any]) -> str:
    if methods.refuse_form(method=method, reason=data["reason"][:200], actor=operator(request)) is None:
        raise ValidationError(_("この口座振替は、いまは手続き中ではありません。"))
    return _("口座振替の手続きを終了しました。これまでのお支払い方法が続きます。")


def _waits(method: PaymentMethod) -> bool:
    return method.state == PaymentMethod.State.WAITING and method.contract_id is not None


def _is_held(payment: Payment) -> bool:
    return payment.state == Payment.State.HELD


_MAY_METHOD, _MAY_PAYMENT, _MAY_LEDGER = (
    f"billing.change_{noun}" for noun in ("paymentmethod", "payment", "ledgerentry")
)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("words", "customer", "contract", "holder", "state", "from_month", "created_at")
    list_select_related = ("customer", "contract")
    list_filter = ("state", "kind")
    search_fields = ("contract__number", "customer__partner_id")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "customer", "contract", "holder", "kind", "state", "from_month", "card_brand", "card_last4", "card_expires_on",
        "account", "reason", "created_at", "changed_at",
    )  # fmt: skip
    operations = (
        Operation(
            "confirm", gettext_lazy("口座振替の手続き完了"), _MAY_METHOD, _confirm_form,
            form=AccountForm, possible=_waits,
            text=gettext_lazy("金融機関の手続きの完了を記録します。次回のご請求から口座振替になります。"),
        ),
        Operation(
            "refuse", gettext_lazy("口座振替依頼書の不備"), _MAY_METHOD, _refuse_form, possible=_waits,
            text=gettext_lazy("依頼書が金融機関から戻されたことを記録します。お支払い方法は変わりません。"),
        ),
    )  # fmt: skip


class Charges(Rows):
    model = CardCharge
    fields = ("key", "method", "amount", "state", "reason", "provider_id", "attempt", "created_at", "ended_at")
    ordering = ("round",)
    show_change_link = False


class Entries(Rows):
    model = LedgerEntry
    fields = ("entry", "amount", "booked_on", "cause", "note", "actor", "created_at")
    ordering = ("pk",)
    show_change_link = True


@admin.register(Payment)
class PaymentAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("code", "customer", "contract", "kind", "amount", "due_on", "state")
    list_select_related = ("bill", "customer", "contract")
    list_filter = ("state", "kind")
    search_fields = ("bill__number", "contract__number", "customer__partner_id")
    search_help_text = gettext_lazy("請求書番号の数字・契約番号・パートナーIDで検索")
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (Charges, Entries)
    fields = (
        "code", "customer", "contract", "kind", "method", "amount", "received", "due_on", "state", "reason", "paid_at",
    )  # fmt: skip
    readonly_fields = ("code", "received")
    operations = (
        Operation(
            "receive", gettext_lazy("入金を入力"), _MAY_PAYMENT, _enter, form=MoneyForm,
            text=gettext_lazy("銀行振込・口座振替で入金された額を記録します。請求額に達すると「お支払い済み」になります。"),
        ),
        Operation("refund", gettext_lazy("返金を入力"), _MAY_PAYMENT, _refund, form=MoneyForm),
        Operation(
            "paid", gettext_lazy("決済されていた"), _MAY_PAYMENT, _settle(is_paid=True), possible=_is_held,
            text=gettext_lazy("決済代行会社に確認し、カードから引き落とされていたときに記録します。"),
        ),
        Operation(
            "not-paid", gettext_lazy("決済されていない"), _MAY_PAYMENT, _settle(is_paid=False), possible=_is_held,
            text=gettext_lazy("決済代行会社に確認し、引き落とされていないときに記録します。お客様は別の方法でお支払いになれます。"),
        ),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("請求書番号"))
    def code(self, payment: Payment) -> str:
        return payment.bill.code

    @admin.display(description=gettext_lazy("入金額（返金を除く）"))
    def received(self, payment: Payment) -> int:
        return ledger.received(payment)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("cause", "entry", "customer", "amount", "booked_on", "actor", "created_at")
    list_select_related = ("customer", "actor")
    list_filter = ("entry",)
    search_fields = ("cause",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "cause", "entry", "customer", "contract", "payment", "amount", "booked_on", "corrects", "note", "actor",
        "created_at",
    )  # fmt: skip
    operations = (
        Operation(
            "correct", gettext_lazy("訂正する"), _MAY_LEDGER, _correct,
            possible=lambda entry: entry.actor_id is not None and entry.amount > 0 and not hasattr(entry, "correction"),
            text=gettext_lazy("この記録は残り、反対の記録が加わります。正しい内容は、その後で入力してください。"),
        ),
    )  # fmt: skip


@admin.register(ProviderEvent)
class ProviderEventAdmin(FactsAdmin):
    list_display = ("event_id", "kind", "reference", "outcome", "received_at")
    list_filter = ("outcome",)
    search_fields = ("reference", "provider_id")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(CardRegistration)
class CardRegistrationAdmin(FactsAdmin):
    list_display = ("uuid", "customer", "contract", "holder", "state", "reason", "created_at", "ended_at")
    list_select_related = ("customer", "contract")
    list_filter = ("state",)
    ordering = ("-created_at",)
    sortable_by = ()
    exclude = ("page", "back_to")
