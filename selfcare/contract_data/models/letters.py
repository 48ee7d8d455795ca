"""転送不要の簡易書留 of a case, what the carrier tells of it, and the reminders that count from its posting."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from selfcare.contract_data.models.cases import IdentityCase
from selfcare.work.models import Letter

#: Wrong codes that one letter's code bears; then another letter has to be sent.
MOST_GUESSES = 5


class LetterState(models.TextChoices):
    QUEUED = "queued", _("発送準備中")
    POSTED = "posted", _("発送済")
    DELIVERED = "delivered", _("配達済")
    RETURNED = "returned", _("返送")
    VOID = "void", _("無効")


class CheckLetter(models.Model):
    """One letter with a code. Only the code's digest is kept: the letter itself, sealed, is with `work`.

    `posted_at`, `delivered_at`, `returned_at` are business time; `ask_at` and the lease are real time.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(
        IdentityCase, models.PROTECT, related_name="letters", db_index=False, verbose_name=_("変更")
    )
    sequence = models.PositiveSmallIntegerField(_("何通目"))
    # None once it has been taken back before it was in the post.
    letter = models.OneToOneField(Letter, models.PROTECT, null=True, related_name="+", verbose_name=_("郵送物"))
    state = models.CharField(_("状態"), max_length=10, choices=LetterState, default=LetterState.QUEUED)
    code_digest = models.CharField(max_length=64, editable=False)
    guesses = models.PositiveSmallIntegerField(_("誤った入力の回数"), default=0)
    # As it was addressed: the case's address may be corrected afterwards.
    recipient = models.CharField(_("宛名"), max_length=120)
    postal_code = models.CharField(_("郵便番号"), max_length=8)
    address = models.CharField(_("住所"), max_length=200)
    building = models.CharField(_("建物名など"), max_length=120, blank=True)
    tracking = models.CharField(_("お問い合わせ番号"), max_length=30, blank=True)
    posted_at = models.DateTimeField(_("発送日時"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("配達日時"), null=True, blank=True)
    returned_at = models.DateTimeField(_("返送日時"), null=True, blank=True)
    return_reason = models.CharField(_("返送の理由"), max_length=100, blank=True)

    ask_at = models.DateTimeField(_("次の照会"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempt = models.PositiveIntegerField(_("試行回数"), default=0)
    trouble = models.TextField(_("照会できない理由"), blank=True)

    class Meta:
        verbose_name = _("確認のお手紙")
        verbose_name_plural = _("確認のお手紙")
        permissions = [("record_delivery", _("郵便の配達・返送を記録する"))]
        constraints = [
            models.CheckConstraint(name="check_letter_state_known", condition=models.Q(state__in=LetterState.values)),
            models.UniqueConstraint(fields=["case", "sequence"], name="check_letter_once"),
            # One code at a time is good.
            models.UniqueConstraint(
                fields=["case"], name="check_letter_one_under_way", condition=models.Q(state__in=["queued", "posted"])
            ),
            models.CheckConstraint(
                name="check_letter_digest", condition=models.Q(code_digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="check_letter_guesses", condition=models.Q(guesses__lte=MOST_GUESSES)),
            models.CheckConstraint(
                name="check_letter_posted",
                condition=models.Q(state="queued", posted_at__isnull=True)
                | models.Q(state="void")
                | models.Q(state__in=["posted", "delivered", "returned"], posted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="check_letter_has_paper",
                condition=models.Q(letter__isnull=False) | models.Q(state="void"),
            ),
            # The carrier's number names one letter.
            models.UniqueConstraint(
                fields=["tracking"], name="check_letter_tracking", condition=~models.Q(tracking="")
            ),
        ]
        indexes = [
            # Whom to ask the carrier about next.
            models.Index(fields=["ask_at"], name="check_letter_ask", condition=models.Q(state="posted")),
            # Letters that wait for being posted.
            models.Index(fields=["id"], name="check_letter_queued", condition=models.Q(state="queued")),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.get_state_display()}"

    @property
    def guesses_left(self) -> int:
        return MOST_GUESSES - self.guesses


class PostEvent(models.Model):
    """What the carrier, or an operator in its place, has told about a letter; told twice it is one row."""

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", _("引受")
        DELIVERED = "delivered", _("配達")
        RETURNED = "returned", _("返送")

    letter = models.ForeignKey(CheckLetter, models.PROTECT, related_name="events", db_index=False)
    key = models.CharField(_("記録番号"), max_length=100)
    kind = models.CharField(_("内容"), max_length=10, choices=Kind)
    reason = models.CharField(_("理由"), max_length=100, blank=True)
    happened_at = models.DateTimeField(_("日時"))
    received_at = models.DateTimeField(_("受信日時"))

    class Meta:
        verbose_name = _("郵便の記録")
        verbose_name_plural = _("郵便の記録")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["letter", "key"], name="post_event_once"),
            models.CheckConstraint(
                name="post_event_kind_known", condition=models.Q(kind__in=["accepted", "delivered", "returned"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.kind}"


class Reminder(models.Model):
    """A reminder of day 7, 14 or 21 after the posting of a letter; one that came too late to be sent is skipped."""

    letter = models.ForeignKey(CheckLetter, models.PROTECT, related_name="reminders", db_index=False)
    day = models.PositiveSmallIntegerField(_("日目"))
    sent_at = models.DateTimeField(_("送信日時"), null=True)
    noted_at = models.DateTimeField(_("記録日時"))

    class Meta:
        verbose_name = _("お知らせ")
        verbose_name_plural = _("お知らせ")
        default_permissions = ()
        constraints = [
            # However many workers look at the calendar.
            models.UniqueConstraint(fields=["letter", "day"], name="reminder_once"),
            models.CheckConstraint(name="reminder_day_known", condition=models.Q(day__in=[7, 14, 21])),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.day}"
