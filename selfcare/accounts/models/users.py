"""Logins: users of a customer and operators, in one table because Django's admin and permissions want one."""

from typing import ClassVar

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models.customers import Contract, Customer


class Role(models.TextChoices):
    """What a customer's user may do, weakest first."""

    VIEWER = "viewer", _("閲覧者")
    MEMBER = "member", _("担当者")
    OWNER = "owner", _("管理者")


#: Each role may do all that the roles before it may.
ROLE_ORDER = [Role.VIEWER, Role.MEMBER, Role.OWNER]


def _confirmed(device: str) -> models.Exists:
    """Whether the user has set up a device of this kind. By name: devices refer to users themselves."""
    rows = apps.get_model(device)._default_manager
    return models.Exists(rows.filter(user=models.OuterRef("pk"), confirmed=True))


class UserQuerySet(models.QuerySet["User"]):
    def for_login(self) -> "UserQuerySet":
        """With all that decides whether and how a user may log in, in one statement."""
        contracts = Contract.objects.active().filter(customer=models.OuterRef("customer"))
        return self.select_related("customer").annotate(  # type: ignore[no-redef]
            has_contract=models.Exists(contracts),
            has_ip_phone=models.Exists(contracts.filter(kind=Contract.Kind.IP_PHONE)),
            has_app=_confirmed("accounts.AuthenticatorApp"),
            has_passkey=_confirmed("django_otp_webauthn.WebAuthnCredential"),
        )


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def for_login(self) -> UserQuerySet:
        return self.get_queryset().for_login()

    def of_customer(self, user: "User") -> UserQuerySet:
        """Who has a login of the same customer, without those that were removed."""
        found = self.get_queryset().filter(removed_at=None)
        return found.filter(customer_id=user.customer_id) if user.customer_id else found.none()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(selfcare_id=username)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # django-otp is untyped
    """A login. `customer` is set for a customer's user, empty for an operator; never both, never neither."""

    class LoginMethod(models.TextChoices):
        PASSWORD = "password", _("ID/パスワードのみでログイン")
        TWO_STEP = "two_step", _("認証コードを併用した二段階認証でログイン")

    selfcare_id = models.CharField(
        _("セルフケアID"),
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"\A[A-Za-z0-9_]{6,32}\Z", _("半角英数字と _ で6〜32文字にしてください。"))],
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("契約者")
    )
    role = models.CharField(_("役割"), max_length=10, choices=Role, default=Role.VIEWER)
    name = models.CharField(_("氏名"), max_length=80, blank=True)
    email = models.EmailField(_("連絡先メールアドレス"), blank=True)
    code_email = models.EmailField(_("認証コード配信先メールアドレス"), blank=True)
    login_method = models.CharField(_("ログイン方法"), max_length=10, choices=LoginMethod, default=LoginMethod.TWO_STEP)
    language = models.CharField(_("言語"), max_length=2, default="ja")
    is_active = models.BooleanField(_("有効"), default=True)
    is_staff = models.BooleanField(_("オペレーター"), default=False)
    locked_at = models.DateTimeField(_("ロック日時"), null=True, blank=True)
    # 利用停止 and 削除 are the company's owners' words; a lock is the operators'. A removed login keeps its row: what
    # it ordered stays readable, and its ID is given to nobody else.
    suspended_at = models.DateTimeField(_("利用停止日時"), null=True, blank=True)
    removed_at = models.DateTimeField(_("削除日時"), null=True, blank=True)
    # Mail is the weakest factor: who has a stronger one may do without it.
    mail_codes = models.BooleanField(_("メールの認証コードを使う"), default=True)
    must_change_password = models.BooleanField(_("次回パスワード変更"), default=False)
    # A one-time password from a letter ends by itself; empty for a password that the user chose.
    password_expires_at = models.DateTimeField(_("パスワードの期限"), null=True, blank=True)
    previous_login = models.DateTimeField(_("前回ログイン"), null=True, blank=True)
    created_at = models.DateTimeField(_("登録日時"), auto_now_add=True)

    # Of `for_login()` only.
    has_contract: bool
    has_ip_phone: bool
    has_app: bool
    has_passkey: bool

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "selfcare_id"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("ユーザー")
        verbose_name_plural = pgettext_lazy("several", "ユーザー")
        constraints = [
            # An operator belongs to no customer; a customer's user is never staff, whatever a form sends.
            models.CheckConstraint(
                name="user_is_customers_or_staff",
                condition=models.Q(customer__isnull=True, is_staff=True)
                | models.Q(customer__isnull=False, is_staff=False, is_superuser=False),
            ),
            models.CheckConstraint(
                name="user_removed_is_inactive",
                condition=models.Q(removed_at__isnull=True) | models.Q(is_active=False),
            ),
            # Nobody is to be taken for somebody else by the case of a letter.
            models.UniqueConstraint(Lower("selfcare_id"), name="user_selfcare_id_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.selfcare_id

    @property
    def display_name(self) -> str:
        """Who it is, to people; what a removed user ordered stays readable."""
        name = self.name or self.selfcare_id
        return name if self.removed_at is None else gettext("%(name)s（削除済み）") % {"name": name}

    def has_role(self, role: str) -> bool:
        """Whether this user may do what `role` may."""
        return self.customer_id is not None and ROLE_ORDER.index(Role(self.role)) >= ROLE_ORDER.index(Role(role))

    @property
    def may_log_in(self) -> bool:
        """Whether this login is usable at all; the reason why not is told to operators only. Needs `for_login()`."""
        if not self.is_active or self.locked_at is not None or self.suspended_at is not None:
            return False
        if self.customer is None:
            return self.is_staff
        return self.customer.state == Customer.State.ACTIVE and self.has_contract

    @property
    def may_choose_login(self) -> bool:
        """Whether ログイン方法 is this user's to choose: by the customer's policy, never with an IP phone contract.
        Needs `for_login()`."""
        return (
            self.customer is not None
            and not self.has_ip_phone
            and self.customer.login_policy == Customer.LoginPolicy.CHOICE
        )

    @property
    def needs_code(self) -> bool:
        """Whether a password alone is not enough: always, unless this user may choose, chose so, and has set up
        nothing stronger than mail. Needs `for_login()`."""
        if self.has_app or self.has_passkey:
            return True
        return not self.may_choose_login or self.login_method != self.LoginMethod.PASSWORD
