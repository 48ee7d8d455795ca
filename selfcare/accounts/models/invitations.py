"""What is agreed by opening a link from a mail: invitations and new addresses for codes. Only digests of links are
kept; all moments are real time."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models.customers import Customer
from selfcare.accounts.models.users import Role, User


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> "InvitationQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor taken back; its seven days may be over."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A company's owner asks somebody to become a user: a link, seven days, once."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("メールアドレス"))
    name = models.CharField(_("氏名"), max_length=80, blank=True)
    role = models.CharField(_("役割"), max_length=10, choices=Role)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("招待した人"))
    created_at = models.DateTimeField(_("招待日時"))
    expires_at = models.DateTimeField(_("期限"))
    accepted_at = models.DateTimeField(_("承諾日時"), null=True)
    revoked_at = models.DateTimeField(_("取消日時"), null=True)
    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="invitation")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("招待")
        verbose_name_plural = pgettext_lazy("several", "招待")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "email"],
                name="invitation_once_open",
                condition=Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_a_user",
                condition=Q(accepted_at=None, user=None) | Q(accepted_at__isnull=False, user__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_accepted_in_time", condition=Q(accepted_at=None) | Q(accepted_at__lte=F("expires_at"))
            ),
            models.CheckConstraint(name="invitation_one_end", condition=Q(accepted_at=None) | Q(revoked_at=None)),
        ]

    def __str__(self) -> str:
        return self.email


class CodeAddressChange(models.Model):
    """認証コード配信先メールアドレス設定手続き: asked for, and in force only once the link was opened and the login
    data typed there. `login_method` is set when the change is part of going over to two steps."""

    class State(models.TextChoices):
        OPEN = "open", _("申込中")
        DONE = "done", _("設定済")
        CANCELLED = "cancelled", _("取消済")
        # By a newer one, or by something that voids all links.
        REPLACED = "replaced", _("無効")

    user = models.ForeignKey(User, models.CASCADE, related_name="code_address_changes")
    email = models.EmailField(_("認証コード配信先メールアドレス"))
    login_method = models.CharField(max_length=10, choices=User.LoginMethod, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Who asked: the user, or an owner of the company.
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], name="code_address_change_once_open", condition=Q(state="open")),
            models.CheckConstraint(
                name="code_address_change_ended_iff_not_open",
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="code_address_change_done_in_time", condition=~Q(state="done") | Q(ended_at__lte=F("expires_at"))
            ),
        ]
        indexes = [
            # The sweep.
            models.Index(fields=["created_at"], name="code_address_created"),
        ]

    def __str__(self) -> str:
        return self.email
