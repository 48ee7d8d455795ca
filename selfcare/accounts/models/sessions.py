"""Logged-in browsers. In the database, so that ending one really ends it and Redis may forget everything."""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from selfcare.accounts.models.users import User


class UserSessionManager(BaseSessionManager["UserSession"]):
    def visible_to(self, user: "User") -> "models.QuerySet[UserSession]":
        return self.filter(user_id=user.pk)


class UserSession(AbstractBaseSession):
    """One browser's session, real time. `session_key` is a digest of the cookie's value: who reads the table, or a
    backup of it, holds no session. `expire_date` is the absolute end; idleness is measured by `last_seen_at`."""

    user = models.ForeignKey(
        "accounts.User", models.CASCADE, null=True, related_name="sessions", verbose_name=_("ユーザー")
    )
    created_at = models.DateTimeField(_("ログイン日時"))
    last_seen_at = models.DateTimeField(_("最終利用日時"))
    address = models.GenericIPAddressField(_("接続元"), null=True)
    user_agent = models.CharField(_("ブラウザ"), max_length=300, blank=True)

    objects: ClassVar[UserSessionManager] = UserSessionManager()

    class Meta:
        verbose_name = _("セッション")
        verbose_name_plural = pgettext_lazy("several", "セッション")
        indexes = [
            # The sweep of those that nobody uses any more.
            models.Index(fields=["last_seen_at"], name="session_last_seen"),
        ]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from selfcare.accounts.sessions import SessionStore as Store

        return Store
