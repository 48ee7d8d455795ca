"""What is collected for bills: one payment each, the charges to cards, and the ledger that keeps what happened."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.bills import Bill
from billing.models.payments import Kind, PaymentMethod
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: "User") -> "PaymentQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def open(self) -> "PaymentQuerySet":
        return self.exclude(state__in=Payment.CLOSED)

    def with_rest(self) -> "PaymentQuerySet":
        """Each with `received` (what has arrived of it, less what was paid back) and `rest`, in yen."""
        paid = Sum("amount", filter=Q(entry=LedgerEntry.Entry.PAID), default=0)
        refunded = Sum("amount", filter=Q(entry=LedgerEntry.Entry.REFUNDED), default=0)
        sums = LedgerEntry.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
        received = Coalesce(Subquery(sums.annotate(received=paid - refunded).values("received")), 0)
        return self.annotate(received=received).annotate(rest=F("amount") - F("received"))


class Payment(models.Model):
    """What one bill asks for, and how far it has been paid.

    `method` is the one in force for the bill when it was issued, or the one that the customer chose afterwards;
    without one the bill goes by bank transfer.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("お支払い日前")
        # A card is being charged: the provider has been asked, or is about to be.
        CHARGING = "charging", _("決済処理中")
        # The card was refused: the customer pays in another way.
        REFUSED = "refused", _("お支払い未完了")
        # Due by transfer or account transfer; operators enter what arrives.
        AWAITING = "awaiting", _("ご入金待ち")
        PAID = "paid", _("お支払い済み")
        # Something does not add up, and an operator looks at it.
        HELD = "held", _("確認中")

    CLOSED = (State.PAID,)

    bill = models.OneToOneField(Bill, models.PROTECT, related_name="payment", verbose_name=_("請求"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    # The one whose payment day and method the bill goes by: of several on one bill that which was settled first.
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("契約"))
    kind = models.CharField(_("支払方法"), max_length=10, choices=Kind)
    method = models.ForeignKey(
        PaymentMethod, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("お支払い方法")
    )
    # Whole yen, with tax.
    amount = models.PositiveBigIntegerField(_("請求金額"))
    due_on = models.DateField(_("お支払い日"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WAITING)
    # Why it is held or refused; operators' words and the provider's.
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("登録日時"), db_default=Now())
    paid_at = models.DateTimeField(_("お支払い日時"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("お支払い")
        verbose_name_plural = pgettext_lazy("several", "お支払い")
        constraints = [
            models.CheckConstraint(name="payment_asks_for_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_state_known",
                condition=Q(state__in=["waiting", "charging", "refused", "awaiting", "paid", "held"]),
            ),
            models.CheckConstraint(
                name="payment_paid_has_moment",
                condition=Q(state="paid", paid_at__isnull=False) | (~Q(state="paid") & Q(paid_at__isnull=True)),
            ),
        ]
        indexes = [
            # The payment page, newest first.
            models.Index(fields=["customer", "-due_on"], name="payment_of_customer"),
            # What falls due: the claim of the collecting.
            models.Index(fields=["due_on", "id"], name="payment_due", condition=Q(state="waiting")),
            # Operators' list: what is not paid.
            models.Index(fields=["state", "due_on"], name="payment_not_paid", condition=~Q(state="paid")),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.amount}"


class CardCharge(models.Model):
    """One attempt to take a payment's amount from a card. Its `key` is the idempotency key of all calls about it.

    The row is there before the first call. A new attempt (`round`) begins only once the former was refused for
    certain: of what is open or unknown the provider is asked again under the same key. All times are real.
    """

    class State(models.TextChoices):
        OPEN = "open", _("処理中")
        PAID = "paid", _("決済済")
        REFUSED = "refused", _("利用不可")
        # The provider does not answer, or contradicts itself: an operator decides.
        HELD = "held", _("確認中")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="charges", verbose_name=_("お支払い"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    method = models.ForeignKey(PaymentMethod, models.PROTECT, related_name="+", verbose_name=_("お支払い方法"))
    round = models.PositiveSmallIntegerField(_("回数"))
    key = models.CharField(_("決済番号"), max_length=60, unique=True)
    amount = models.PositiveBigIntegerField(_("金額"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.OPEN)
    provider_id = models.CharField(_("決済代行会社の番号"), max_length=80, null=True, blank=True, unique=True)
    reason = models.CharField(_("理由"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("登録日時"), db_default=Now())
    ended_at = models.DateTimeField(_("終了日時"), null=True, blank=True)
    next_at = models.DateTimeField(_("次の確認"), null=True, blank=True)
    lease_until = models.DateTimeField(_("処理中の期限"), null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempt = models.PositiveIntegerField(_("試行回数"), default=0)

    class Meta:
        verbose_name = _("カード決済")
        verbose_name_plural = pgettext_lazy("several", "カード決済")
        constraints = [
            models.UniqueConstraint(fields=["payment", "round"], name="card_charge_round_once"),
            # Nobody pays twice: while one may yet succeed, or has, there is no other.
            models.UniqueConstraint(
                fields=["payment"], name="card_charge_one_may_succeed", condition=~Q(state="refused")
            ),
            models.CheckConstraint(name="card_charge_of_something", condition=Q(amount__gt=0)),
            # What is open has its moment; what is over has none, and its end.
            models.CheckConstraint(
                name="card_charge_open_has_next",
                condition=Q(state="open", next_at__isnull=False, ended_at__isnull=True)
                | Q(state="held", next_at__isnull=True, ended_at__isnull=True)
                | Q(state__in=["paid", "refused"], next_at__isnull=True, ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["next_at", "id"], name="card_charge_due", condition=Q(state="open"))]

    def __str__(self) -> str:
        return self.key


class ProviderEvent(models.Model):
    """What the payment provider told us by itself, each once, with what came of it. Never changed."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("反映")
        # We knew it already: by our own asking, or by the answer to our request.
        KNOWN = "known", _("反映済み")
        # About another order, sum or card than what we have: nothing was changed, an operator looks.
        CONTRADICTS = "contradicts", _("不一致")

    event_id = models.CharField(_("イベント番号"), max_length=100, unique=True)
    kind = models.CharField(_("種類"), max_length=30)
    reference = models.CharField(_("照会番号"), max_length=80)
    provider_id = models.CharField(_("決済代行会社の番号"), max_length=80)
    # As it was sent, without what nobody may read.
    payload = models.JSONField(_("内容"), default=dict)
    outcome = models.CharField(_("結果"), max_length=12, choices=Outcome)
    received_at = models.DateTimeField(_("受信日時"), db_default=Now())

    class Meta:
        verbose_name = _("決済代行会社からの通知")
        verbose_name_plural = pgettext_lazy("several", "決済代行会社からの通知")
        indexes = [
            # Operators' list: what does not fit.
            models.Index(fields=["id"], name="provider_event_contradicts", condition=Q(outcome="contradicts")),
        ]

    def __str__(self) -> str:
        return self.event_id


class LedgerEntry(models.Model):
    """One movement of money between a customer and us. Never changed: what was wrong is followed by its opposite.

    What a customer owes is charged - paid + refunded. `cause` names what made the entry, and makes it once:
    "bill:<number>", "card:<key>", "receipt:<day>:<bank's reference>", "refund:<...>", "correction:<id>".
    """

    class Entry(models.TextChoices):
        CHARGED = "charged", _("請求")
        PAID = "paid", _("入金")
        REFUNDED = "refunded", _("返金")

    entry = models.CharField(_("区分"), max_length=10, choices=Entry)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("契約"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="entries", verbose_name=_("お支払い"))
    kind = models.CharField(_("支払方法"), max_length=10, choices=Kind, blank=True)
    # Whole yen; below zero only where it takes an earlier entry back.
    amount = models.BigIntegerField(_("金額"))
    # The day of the bill, of the card's charge, or on which the money was on our account.
    booked_on = models.DateField(_("計上日"))
    cause = models.CharField(_("原因"), max_length=120, unique=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction", verbose_name=_("訂正する記録")
    )
    note = models.CharField(_("備考"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("操作者")
    )
    created_at = models.DateTimeField(_("登録日時"), db_default=Now())

    class Meta:
        verbose_name = _("入出金の記録")
        verbose_name_plural = pgettext_lazy("several", "入出金の記録")
        constraints = [
            models.CheckConstraint(
                name="ledger_entry_negative_corrects",
                condition=Q(amount__gt=0, corrects__isnull=True)
                | (Q(amount__lt=0, corrects__isnull=False, actor__isnull=False) & ~Q(note="")),
            ),
            models.CheckConstraint(name="ledger_entry_not_itself", condition=~Q(corrects=F("id"))),
            # A bill is charged once.
            models.UniqueConstraint(fields=["payment"], name="ledger_entry_charged_once", condition=Q(entry="charged")),
        ]
        indexes = [models.Index(fields=["customer", "id"], name="ledger_of_customer")]

    def __str__(self) -> str:
        return self.cause
