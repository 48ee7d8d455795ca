"""The form of a SIP password change (spec 3): number, current and new password, and when."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.models import Assignment, Credential
from numbering.services import password_check, sip_passwords, timetables
from numbering.services.password_check import BLOCKED, WRONG
from selfcare import calendar, clock, phones
from selfcare.orders.procedures import OrderForm

LENGTH = 8
#: How far ahead a change may be booked.
LONGEST_BOOKING = timedelta(days=30)
NOW, QUIET, AT = "now", "quiet", "at"
_ALLOWED = re.compile(r"[A-Za-z0-9]{8}")
_MINUTE = re.compile(r"[0-9]{4}([-/])[0-9]{1,2}\1[0-9]{1,2}[T ][0-9]{1,2}:[0-9]{2}(:00)?")


def password_field(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=64,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocapitalize": "none", "spellcheck": "false", **kwargs.pop("attrs", {})}),
        **kwargs,
    )


def clean_new_password(typed: str) -> str:
    """Half width, exactly 8 of A-Z a-z 0-9. Raises ValidationError with what is wrong."""
    password = unicodedata.normalize("NFKC", typed).strip()
    if len(password) != LENGTH:
        raise forms.ValidationError(
            _("新しいパスワードは%(length)d文字で入力してください（いま%(typed)d文字です）。")
            % {"length": LENGTH, "typed": len(password)}
        )
    if not _ALLOWED.fullmatch(password):
        raise forms.ValidationError(_("新しいパスワードに使えるのは、半角の英字（A-Z a-z）と数字（0-9）だけです。"))
    return password


def checked_booking(at: datetime, *, now: datetime) -> datetime:
    """A moment that a change can be booked for. Raises ValidationError."""
    if at <= now:
        raise forms.ValidationError(_("変更する日時は、いまより後にしてください。"))
    if at > now + LONGEST_BOOKING:
        raise forms.ValidationError(_("変更する日時は、30日先までにしてください。"))
    return at


class MinuteField(forms.DateTimeField):
    """A minute of Japan's clock. Django alone would also take a day, seconds and zones, and book what nobody meant."""

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and value.strip() and not _MINUTE.fullmatch(value.strip()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class SipPasswordForm(OrderForm):
    secret = ("digests",)
    prefill = ("number",)

    number = forms.CharField(
        label=gettext_lazy("IP加入電話番号"),
        help_text=gettext_lazy("例：05012345678（ハイフンはあってもなくてもかまいません）"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "size": "16", "list": "own-numbers"}),
        error_messages={"required": gettext_lazy("IP加入電話番号を入力してください。")},
    )
    current_password = password_field(
        gettext_lazy("現IP加入電話パスワード"),
        attrs={"autocomplete": "current-password"},
        error_messages={"required": gettext_lazy("現在のパスワードを入力してください。")},
    )
    new_password = password_field(
        gettext_lazy("新IP加入電話パスワード"),
        help_text=gettext_lazy("半角の英字（大文字・小文字）と数字で8文字。3種類を混ぜると推測されにくくなります。"),
        attrs={"autocomplete": "new-password"},
        error_messages={"required": gettext_lazy("新しいパスワードを入力してください。")},
    )
    new_password_confirm = password_field(
        gettext_lazy("新IP加入電話パスワード（確認用）"),
        attrs={"autocomplete": "new-password"},
        error_messages={"required": gettext_lazy("確認のため、新しいパスワードをもう一度入力してください。")},
    )
    when = forms.ChoiceField(
        label=gettext_lazy("いつ変更するか"),
        choices=[
            (NOW, gettext_lazy("いますぐ変更する")),
            (QUIET, gettext_lazy("発着信できない時間がいちばん短くなる時刻に変更する")),
            (AT, gettext_lazy("日時を指定して変更する")),
        ],
        widget=forms.RadioSelect,
        initial=NOW,
        required=False,
    )
    at = MinuteField(
        label=gettext_lazy("変更する日時"),
        help_text=gettext_lazy("30日先まで指定できます（日本時間）。"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("日時の書き方が正しくありません。例：2026-12-01 23:59")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        booked = kwargs.get("initial", {}).get("at")
        if booked:
            # A draft taken up again: it holds the moment, not how it was chosen.
            at = datetime.fromisoformat(booked).replace(tzinfo=None)
            kwargs["initial"] = {**kwargs["initial"], "when": AT, "at": at}
        super().__init__(*args, **kwargs)
        self.now = clock.now()
        self.assignment: Assignment | None = None

    def chosen(self) -> Assignment | None:
        return self.assignment

    def clean_number(self) -> str:
        """One of the customer's own; somebody else's number and one that nobody has are answered alike."""
        digits = _digits(self.cleaned_data["number"])
        own = Assignment.objects.active().filter(customer_id=self.order.customer_id, digits=digits)
        self.assignment = own.select_related("contract").first()
        if self.assignment is None:
            raise forms.ValidationError(_("この番号は、ご契約の番号の中に見つかりません。番号をお確かめください。"))
        return digits

    def clean_new_password(self) -> str:
        return clean_new_password(self.cleaned_data["new_password"])

    def clean_when(self) -> str:
        return self.cleaned_data["when"] or NOW

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at is None or self.cleaned_data.get("when") != AT:
            return None
        return checked_booking(at, now=self.now)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        new = typed.get("new_password")
        confirm = typed.get("new_password_confirm")
        if new and confirm and clean_width(confirm) != new:
            self.add_error("new_password_confirm", _("新しいパスワードと一致していません。"))
        if typed.get("when") == AT and not typed.get("at") and "at" not in self.errors:
            self.add_error("at", _("変更する日時を入力してください。"))
        credential = self._check_current(typed.get("current_password"))
        if credential is not None and new and password_check.matches(credential, new):
            self.add_error("new_password", _("現在のパスワードと同じです。別のパスワードにしてください。"))
        if self.errors or self.assignment is None or new is None:
            return typed
        return {
            "number": self.assignment.digits,
            "at": self._moment(),
            "credential": credential.pk if credential else None,
            "digests": password_check.digests_of(self.assignment, new),
        }

    def _check_current(self, password: str | None) -> Credential | None:
        """The live credential when the password is its own. A number with a change waiting has none: see `check`."""
        if self.assignment is None or not password:
            return None
        credential = sip_passwords.current([self.assignment], now=self.now).get(self.assignment.number_id)
        if credential is None or sip_passwords.waiting([self.assignment]):
            return None
        typed = password_check.Typed(self.assignment, credential, clean_width(password))
        (answer,) = password_check.verify([typed])
        if answer == BLOCKED:
            self.add_error("current_password", blocked_text())
        elif answer == WRONG:
            self.add_error("current_password", _("現在のパスワードが正しくありません。"))
        return credential if answer not in (BLOCKED, WRONG) else None

    def _moment(self) -> str:
        """The booked moment in ISO form, empty for a change at once."""
        when = self.cleaned_data["when"]
        if when == AT:
            return calendar.local(self.cleaned_data["at"]).isoformat()
        if when == QUIET and self.assignment is not None:
            service = self.assignment.contract.service
            try:
                quiet = timetables.load({service}).quietest(service, self.now)
            except timetables.NoTimetable:
                return ""
            return "" if quiet <= self.now else calendar.local(quiet).isoformat()
        return ""


def clean_width(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()


def blocked_text() -> str:
    return _(
        "現在のパスワードの間違いが続いたため、この番号の変更を一時的に止めています。15分ほどたってからもう一度お試しください。"
        "いまのパスワードはそのまま使えます。"
    )


def _digits(typed: str) -> str:
    try:
        return phones.normalize(typed)
    except ValueError:
        raise forms.ValidationError(_("電話番号は、数字で入力してください。例：05012345678")) from None
