"""What the telephones register with, and the passwords that are shown once."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from numbering.models.numbers import Number
from selfcare.accounts.models import Customer
from selfcare.orders.models import Order


class Credential(models.Model):
    """A SIP password's digests and the time in which they are valid (business time, half-open).

    The registrar's view shows the one that is live now, so that a booked change or end happens at its moment with
    every worker dead. The digests of numbering.sip are lower-case hex: the registrar refuses upper case.
    """

    number = models.ForeignKey(Number, models.PROTECT, related_name="credentials", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    username = models.CharField(max_length=15)
    realm = models.CharField(max_length=120)
    ha1 = models.CharField(max_length=32)
    ha1b = models.CharField(max_length=32)
    ha1_sha256 = models.CharField(max_length=64)
    live = DateTimeRangeField()
    # The order that made it, and the password whose place it takes: what undoing the order brings back.
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+", db_index=False)
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    # Registrations made with it that outlive it are dropped at the registrar: when that was done, and not to be tried
    # before (a lease, or a pause after a registrar that did not answer). Both real time.
    dropped_at = models.DateTimeField(null=True)
    drop_after = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("SIP認証情報")
        verbose_name_plural = _("SIP認証情報")
        constraints = [
            # Never two live passwords for one number. A range of one number stands in for the number itself: plain
            # integers have no GiST operators without btree_gist.
            ExclusionConstraint(
                name="credential_one_live",
                expressions=[
                    (Func(F("number"), F("number"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("live", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="credential_live_some_time", condition=Q(live__isempty=False)),
            # The registrar copies the digest into a buffer of fixed size.
            models.CheckConstraint(
                name="credential_digests_hex",
                condition=Q(ha1__regex=r"^[0-9a-f]{32}$", ha1b__regex=r"^[0-9a-f]{32}$")
                & Q(ha1_sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            # The registrar asks case-sensitively.
            models.CheckConstraint(name="credential_realm_lower_case", condition=Q(realm__regex=r"^[a-z0-9.-]+$")),
        ]
        indexes = [
            # The registrar's question: username and domain.
            models.Index(fields=["username", "realm"], name="credential_of_user"),
            # A number's passwords over time.
            models.Index(fields=["number"], name="credential_of_number"),
            # What an order made, and what took a password's place.
            models.Index(fields=["order"], name="credential_of_order", condition=Q(order__isnull=False)),
            models.Index(fields=["replaces"], name="credential_replaces", condition=Q(replaces__isnull=False)),
            # Whose registrations are to be dropped, by when that is due.
            models.Index(
                Func(F("live"), function="upper", output_field=models.DateTimeField()),
                name="credential_to_drop",
                condition=Q(dropped_at__isnull=True, live__upper_inf=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username}@{self.realm}"


class PasswordReveal(models.Model):
    """The new passwords of one order, sealed, for the session that ordered; erased after half an hour (real time)."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    session_digest = models.CharField(max_length=64)
    visible_until = models.DateTimeField()

    class Meta:
        constraints = [
            # Without a session nobody could be told from anybody else.
            models.CheckConstraint(name="password_reveal_bound_to_session", condition=~Q(session_digest="")),
        ]
        indexes = [
            # The sweep of what is over.
            models.Index(fields=["visible_until"], name="password_reveal_over"),
        ]

    def __str__(self) -> str:
        return str(self.order_id)
