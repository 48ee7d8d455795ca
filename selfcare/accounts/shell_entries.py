"""What the menu shows of one's account and of the company's users."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts.models import Role
from selfcare.shell import menu


def register() -> None:
    menu.register(
        menu.ACCOUNT, _("企業ユーザー管理"), "accounts:users", role=Role.OWNER, order=10, below=("users/", "invite/")
    )
    menu.register(menu.ACCOUNT, _("ユーザー情報"), "accounts:profile", order=20)
    menu.register(menu.ACCOUNT, _("ログインとセキュリティ"), "accounts:security", order=30)
    menu.register(menu.ACCOUNT, _("通知先メールアドレス"), "accounts:notifications", order=50)
    menu.register(menu.ACCOUNT, _("操作履歴"), "accounts:audit", role=Role.OWNER, order=90)
