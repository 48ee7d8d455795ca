"""What the tests of inquiries share."""

from typing import Any

from selfcare.accounts.models import User
from selfcare.inquiries import keys
from selfcare.inquiries.models import Category, Inquiry
from selfcare.inquiries.services import sending
from selfcare.inquiries.subjects import Subject


def wish(**fields: Any) -> sending.Wish:
    return sending.Wish(
        **{"key": keys.fresh(), "category": Category.APP, "text": "設定できません。", "subject": Subject(), **fields}
    )


def sent(user: User, **fields: Any) -> Inquiry:
    return sending.send(wish=wish(**fields), actor=user)


def form(**fields: Any) -> dict[str, Any]:
    """What a browser posts for a new inquiry."""
    return {
        "key": keys.fresh(), "category": "app", "about": "", "callback_phone": "", "text": "設定できません。", **fields
    }  # fmt: skip
