"""Who has which number, since when, until when; and how many more may be added to a contract."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.models.numbers import Number
from selfcare import phones
from selfcare.accounts.models import Contract, Customer, User
from selfcare.orders.models import Order

#: Numbers that may ever be added to a contract, unless an operator has raised it.
DEFAULT_LIMIT = 50


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> "AssignmentQuerySet":
        """The customer's telephones' numbers in use; a reservation is not yet one, a released number no longer."""
        if not user.customer_id:
            return self.none()
        return self.filter(customer_id=user.customer_id, is_voice=False).active()

    def active(self) -> "AssignmentQuerySet":
        return self.filter(state=Assignment.State.ACTIVE)


class Assignment(models.Model):
    """A number on a contract: reserved by an order, then active, then released. Released rows are the history."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("予約")
        ACTIVE = "active", _("利用中")
        RELEASED = "released", _("解約済")

    class Origin(models.TextChoices):
        ORIGINAL = "original", _("ご契約時")
        ADDED = "added", _("追加")
        PORTED = "ported", _("番号ポータビリティ")

    # The indexes below serve instead of Django's own: the claim inserts fifty rows at a time.
    number = models.ForeignKey(
        Number, models.PROTECT, related_name="assignments", db_index=False, verbose_name=_("電話番号")
    )
    # The number's digits, which never change: the customer's list is sorted and searched without a join.
    digits = models.CharField(_("電話番号"), max_length=15)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="assignments", db_index=False, verbose_name=_("契約者")
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="assignments", db_index=False, verbose_name=_("契約")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("お申し込み")
    )
    origin = models.CharField(_("区分"), max_length=10, choices=Origin)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.RESERVED)
    # Of a voice contract: a base number or a dial-in number. No telephone registers with it, it has no password.
    is_voice = models.BooleanField(_("IP Voice"), default=False, db_default=False)
    # The code under which sales keeps it; such a reservation has no order until somebody orders with the code.
    reservation = models.ForeignKey(
        "ReservationCode", models.PROTECT, null=True, blank=True, related_name="assignments", db_index=False
    )
    # `available_on` of the free list, to which a reservation that comes to nothing returns.
    free_since = models.DateField()
    started_on = models.DateField(_("利用開始日"), null=True, blank=True)
    # The last day of use, once a cancellation is booked.
    ends_on = models.DateField(_("解約日"), null=True, blank=True)
    # The first day without it; the six months until it may be issued again are counted from here.
    released_on = models.DateField(_("解放日"), null=True, blank=True)
    # 付加サービスパスワード as a digest, see numbering.sip; nobody can read the password here.
    service_digest = models.CharField(max_length=64, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("番号の割当")
        verbose_name_plural = pgettext_lazy("several", "番号の割当")
        constraints = [
            # A number is on at most one contract, whatever the application does.
            models.UniqueConstraint(
                fields=["number"], name="assignment_number_on_one_contract", condition=Q(released_on__isnull=True)
            ),
            models.CheckConstraint(
                name="assignment_state_known", condition=Q(state__in=["reserved", "active", "released"])
            ),
            models.CheckConstraint(
                name="assignment_released_iff_day",
                condition=Q(state="released", released_on__isnull=False)
                | (~Q(state="released") & Q(released_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="assignment_started_unless_reserved",
                condition=Q(state="reserved", started_on__isnull=True)
                | (~Q(state="reserved") & Q(started_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="assignment_service_digest_hex",
                condition=Q(service_digest="") | Q(service_digest__regex=r"^[0-9a-f]{64}$"),
            ),
        ]
        indexes = [
            # The customer's list by number, keyset; home panel, search, how many a contract has.
            models.Index(fields=["customer", "digits"], name="assignment_of_phones", condition=Q(is_voice=False)),
            # The numbers under a reservation code.
            models.Index(fields=["reservation"], name="assignment_of_code", condition=Q(reservation__isnull=False)),
            # What an order reserved or issued.
            models.Index(fields=["order"], name="assignment_of_order", condition=Q(order__isnull=False)),
            # A number's history for operators; the open one is found by the unique index above.
            models.Index(fields=["number"], name="assignment_history", condition=Q(released_on__isnull=False)),
            # The forecast: what was issued in the last thirty days. BRIN, because rows come in the order of the days,
            # and because bringing a reserved number into service then touches no index at all.
            BrinIndex(fields=["started_on"], name="assignment_started", autosummarize=True),
        ]

    def __str__(self) -> str:
        return phones.display(self.digits)


class Allowance(models.Model):
    """How many numbers were ever added to a contract through the portal, and how many may be.

    Numbers given up since still count; original ones never do.
    """

    contract = models.OneToOneField(
        Contract, models.CASCADE, primary_key=True, related_name="allowance", verbose_name=_("契約")
    )
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("契約者"))
    added = models.PositiveIntegerField(_("追加した番号数（累計）"), default=0)
    limit = models.PositiveIntegerField(_("上限"), default=DEFAULT_LIMIT)

    class Meta:
        verbose_name = _("050番号の追加枠")
        verbose_name_plural = pgettext_lazy("several", "050番号の追加枠")
        constraints = [
            # The database's word for the limit: two users who order at once cannot pass it together.
            models.CheckConstraint(name="allowance_within_limit", condition=Q(added__gte=0) & Q(added__lte=F("limit"))),
        ]

    def __str__(self) -> str:
        return f"{self.added}/{self.limit}"
