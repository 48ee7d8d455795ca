"""The forms of 企業ユーザー管理: an owner's about others, the invited person's, and everybody's own data."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from selfcare.accounts import user_names
from selfcare.accounts.forms import PasswordField
from selfcare.accounts.models import Role, User
from selfcare.text import normalize_identifier

#: What each role may do, strongest first, as the choice says it.
ROLES = [
    (Role.OWNER, _("管理者 — すべての操作と、ユーザーの管理")),
    (Role.MEMBER, _("担当者 — お申し込みと、すべての閲覧")),
    (Role.VIEWER, _("閲覧者 — 閲覧とダウンロードのみ")),
]


class NameField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": kwargs.pop("autocomplete", "off")})
        super().__init__(label=_("氏名"), max_length=80, widget=widget, **kwargs)


class MailField(forms.EmailField):
    """A mail address, half width whatever the keyboard was set to."""

    def __init__(self, *, label: Any, autocomplete: str = "off", **kwargs: Any) -> None:
        attrs = {"autocomplete": autocomplete, "autocapitalize": "none"}
        super().__init__(label=label, max_length=254, widget=forms.EmailInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        return normalize_identifier(super().to_python(value) or "")


class UserNameField(forms.CharField):
    """ユーザー名, half width whatever was typed. Whether it is taken is for the services to say."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=_("ユーザー名（セルフケアID）"),
            max_length=100,
            widget=forms.TextInput(attrs=attrs),
            help_text=_("半角英数字と _（アンダースコア）で6〜32文字。ほかの方と同じものは使えません。"),
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        return normalize_identifier(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value:
            user_names.check_shape(value)


class RoleField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("役割"), choices=ROLES, widget=forms.RadioSelect, **kwargs)


class InvitationForm(forms.Form):
    email = MailField(
        label=_("メールアドレス"),
        help_text=_("招待のメールが届きます。承諾すると、認証コードの届け先にもなります。"),
    )
    name = NameField(required=False, help_text=_("ご本人が登録のときに直せます。"))
    role = RoleField(initial=Role.MEMBER)


class JoinForm(forms.Form):
    """The invited person's page. What the new password may not be depends on who it is for."""

    selfcare_id = UserNameField()
    name = NameField(autocomplete="name")
    new_password = PasswordField(label=_("パスワード"), autocomplete="new-password")
    new_password_confirm = PasswordField(label=_("パスワード（確認）"), autocomplete="new-password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        new, again = cleaned.get("new_password"), cleaned.get("new_password_confirm")
        if new and again and new != again:
            self.add_error("new_password_confirm", _("2つの入力が一致していません。"))
        return cleaned


class UserForm(forms.Form):
    """ユーザーの編集. `login_method` is there only where the policy leaves the choice, for who has shown who he is."""

    name = NameField()
    selfcare_id = UserNameField()
    role = RoleField()
    login_method = forms.ChoiceField(
        label=_("ログイン方法"), choices=User.LoginMethod.choices, widget=forms.RadioSelect
    )
    sure = forms.BooleanField(label=_("自分に管理者の権限がなくなることを確認しました"), required=False)

    def __init__(self, *args: Any, user: User, actor: User, is_fresh: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "name": user.name,
            "selfcare_id": user.selfcare_id,
            "role": user.role,
            "login_method": user.login_method,
        }
        super().__init__(*args, **kwargs)
        self.user, self.is_self = user, user.pk == actor.pk
        # One's own method has a page of its own.
        if self.is_self or not user.may_choose_login or not is_fresh:
            del self.fields["login_method"]
        if not self.is_self or not self.is_bound or self.data.get("role") == Role.OWNER:
            del self.fields["sure"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "sure" in self.fields and cleaned.get("role") != Role.OWNER and not cleaned.get("sure"):
            self.add_error(
                "sure",
                ValidationError(
                    _(
                        "変更すると、あなたはこの画面を開けなくなり、元に戻すにはほかの管理者の操作が必要です。"
                        "よろしければ、チェックを付けてもう一度押してください。"
                    ),
                    code="sure",
                ),
            )
        return cleaned


class ProfileForm(forms.Form):
    name = NameField(autocomplete="name")
    email = MailField(
        label=_("連絡先メールアドレス"),
        autocomplete="email",
        required=False,
        help_text=_("ご自身のお申し込みの控えが届きます。認証コードの届け先とは別です。"),
    )
    language = forms.ChoiceField(label=_("メールの言語"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
