"""What the pages that ask for a second factor share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from selfcare.accounts.models import LoginAttempt
from selfcare.accounts.services import factors, mail_codes


def mail_facts(attempt: LoginAttempt, now: datetime) -> dict[str, Any]:
    """The mailed code of an attempt: until when it is good, and when another can be had."""
    cooldown = attempt.code_sent_at + mail_codes.RESEND_AFTER - now
    return {
        "expires_at": attempt.code_expires_at,
        "seconds_left": max(0, int((attempt.code_expires_at - now).total_seconds())),
        "sends_left": mail_codes.SENDS - attempt.sends,
        # One more than the whole seconds: at 0 the button is open.
        "resend_in": max(0, int(cooldown.total_seconds() + 0.999)) if attempt.sends else 0,
    }


@dataclass(frozen=True)
class Other:
    """A link to another factor."""

    method: str
    title: str
    address: str


def others(methods: Sequence[str], by: str, **words: str) -> list[Other]:
    """Links to the factors beside `by`, on the page itself; `words` are the rest of its query."""
    titles = {
        factors.PASSKEY: _("パスキーで認証する"),
        factors.APP: _("認証アプリの数字で認証する"),
        factors.MAIL: _("メールの認証コードで認証する"),
        factors.RECOVERY: _("リカバリーコードで認証する"),
    }
    return [
        Other(method, titles[method], f"?{urlencode({'by': method, **words})}") for method in methods if method != by
    ]
