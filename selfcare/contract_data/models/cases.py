"""住所・名義の変更: what outlives the order's form, with a state and a calendar of its own.

    review ⇄ wanted (documents)      review ─▶ letter ─▶ posted ─▶ confirmed (code, or the carrier's delivery record)
                                       ▲          ▲         └▶ returned ─┐
                                       └──────────┴──────────────────────┘  (address corrected, sent again)
    every open state ─▶ ended (refused, cancelled, given up)

Nothing in here suspends anybody: see `suspensions`.
"""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Customer
from selfcare.orders.models import Order

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class CaseState(models.TextChoices):
    REVIEW = "review", _("審査中")
    WANTED = "wanted", _("書類のご用意待ち")
    LETTER = "letter", _("確認のお手紙の発送準備中")
    POSTED = "posted", _("確認コードの入力待ち")
    RETURNED = "returned", _("お手紙が返送されました")
    CONFIRMED = "confirmed", _("変更済み")
    ENDED = "ended", _("終了（変更なし）")


OPEN_CASES = frozenset({CaseState.REVIEW, CaseState.WANTED, CaseState.LETTER, CaseState.POSTED, CaseState.RETURNED})
#: The letter has been posted at least once, and its customer can still act.
_WITH_CUSTOMER = frozenset({CaseState.POSTED, CaseState.RETURNED})
TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.REVIEW: frozenset({CaseState.WANTED, CaseState.LETTER, CaseState.ENDED}),
    CaseState.WANTED: frozenset({CaseState.REVIEW, CaseState.ENDED}),
    CaseState.LETTER: frozenset({CaseState.POSTED, CaseState.ENDED}),
    CaseState.POSTED: frozenset({CaseState.CONFIRMED, CaseState.RETURNED, CaseState.LETTER, CaseState.ENDED}),
    CaseState.RETURNED: frozenset({CaseState.LETTER, CaseState.REVIEW, CaseState.ENDED}),
}


class CaseQuerySet(models.QuerySet["IdentityCase"]):
    def visible_to(self, user: "User") -> "CaseQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def open(self) -> "CaseQuerySet":
        return self.filter(state__in=sorted(OPEN_CASES))


class IdentityCase(models.Model):
    """One change of name or address; the wished data, which comes into force when it is confirmed.

    Moments are business time. `wanted` names the kinds of documents that are asked for again, each with the id
    of the newest one of then: what comes later is the answer.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="identity_cases", db_index=False, verbose_name=_("契約者")
    )
    order = models.OneToOneField(Order, models.PROTECT, related_name="identity_case", verbose_name=_("お申し込み"))
    state = models.CharField(_("状態"), max_length=10, choices=CaseState, default=CaseState.REVIEW)
    name = models.CharField(_("新しい契約者名"), max_length=120)
    kana = models.CharField(_("新しい契約者名カナ"), max_length=120, blank=True)
    postal_code = models.CharField(_("新しい郵便番号"), max_length=8)
    address = models.CharField(_("新しい住所"), max_length=200)
    building = models.CharField(_("新しい建物名など"), max_length=120, blank=True)
    # What was registered when it was asked for: only what the customer wished otherwise is changed.
    before = models.JSONField(_("申し込みのときの登録内容"), default=dict, blank=True)
    wanted = models.JSONField(_("不足している書類"), default=dict, blank=True)
    # Read by the customer: what is missing, why it is refused.
    words = models.TextField(_("お客様へのご案内"), blank=True)
    created_at = models.DateTimeField(_("受付日時"))
    reviewed_at = models.DateTimeField(_("審査日時"), null=True, blank=True)
    finished_at = models.DateTimeField(_("終了日時"), null=True, blank=True)
    confirmed_by = models.CharField(
        _("確認の方法"),
        max_length=10,
        blank=True,
        choices=[("code", _("お手紙の確認コード")), ("delivery", _("郵便の配達記録"))],
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("住所・名義の変更")
        verbose_name_plural = _("住所・名義の変更")
        permissions = [("review_identitycase", _("住所・名義の変更を審査する"))]
        constraints = [
            models.CheckConstraint(name="identity_state_known", condition=models.Q(state__in=CaseState.values)),
            # Two changes of the same data at once would each put back what the other changed.
            models.UniqueConstraint(
                fields=["customer"], name="identity_one_open", condition=models.Q(state__in=sorted(OPEN_CASES))
            ),
            models.CheckConstraint(
                name="identity_finished_iff_over",
                condition=models.Q(state__in=sorted(OPEN_CASES), finished_at__isnull=True)
                | models.Q(state__in=["confirmed", "ended"], finished_at__isnull=False),
            ),
            # No data comes into force without one of the two proofs.
            models.CheckConstraint(
                name="identity_confirmed_how",
                condition=models.Q(state="confirmed", confirmed_by__in=["code", "delivery"])
                | models.Q(~models.Q(state="confirmed"), confirmed_by=""),
            ),
        ]
        indexes = [
            # A customer's cases, newest first.
            models.Index(fields=["customer", "-id"], name="identity_of_customer"),
            # The operators' tray: what is to be reviewed, oldest first.
            models.Index(fields=["state", "id"], name="identity_tray", condition=models.Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CASES

    @property
    def is_with_customer(self) -> bool:
        return self.state in _WITH_CUSTOMER
