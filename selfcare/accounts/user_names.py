"""ユーザー名, which is the セルフケアID: 6 to 32 half-width letters, digits and `_`, unlike all others in any case."""

import re
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.accounts.services import throttle

SHORTEST, LONGEST = 6, 32
#: New names that a company's owners and invited people ask for.
TRIES = throttle.Limit("names", 20, timedelta(hours=1))
_OTHER = re.compile(r"[^A-Za-z0-9_]")


def count(customer_id: int | None) -> None:
    """Count one wish for a new name before it is looked at: a name that is taken tells of somebody else's login.

    Outside of the transaction of the change, which may be rolled back. Raises ValidationError after too many.
    """
    if throttle.reserve([(TRIES, throttle.key(TRIES, str(customer_id)))]) is None:
        words = _("ユーザー名の変更が続いたため、しばらく変更できません。1時間ほど待ってから、もう一度お試しください。")
        raise _error(words, "throttled")


def check_shape(selfcare_id: str) -> None:
    """Raise ValidationError with each thing that is wrong about the shape of `selfcare_id` (half width already) in
    words of its own. Forms ask no more: whether a name is taken is told only to who was counted."""
    wrong = []
    if len(selfcare_id) < SHORTEST:
        wrong.append(_error(_("ユーザー名が短すぎます。6文字以上にしてください。"), "short"))
    if len(selfcare_id) > LONGEST:
        wrong.append(_error(_("ユーザー名が長すぎます。32文字以内にしてください。"), "long"))
    if _OTHER.search(selfcare_id):
        wrong.append(_error(_("ユーザー名に使えるのは、半角の英字・数字と _（アンダースコア）だけです。"), "letters"))
    if wrong:
        raise ValidationError(wrong)


def check(selfcare_id: str, *, user: User | None = None) -> None:
    """Raise ValidationError for a wrong shape or a name that is taken; callers have counted the wish.

    `user` is whose name it is to be, if there is one already: who may go over to another case of his own. Names of
    removed users stay taken: what they ordered is not to be taken for somebody else's.
    """
    check_shape(selfcare_id)
    others = User.objects.alias(folded=Lower("selfcare_id")).filter(folded=selfcare_id.lower())
    found = (others.exclude(pk=user.pk) if user is not None else others).first()
    if found is not None:
        raise _taken(found.selfcare_id == selfcare_id)


def taken(error: IntegrityError) -> ValidationError | None:
    """The same in words when the database found out first: two people chose one name at the same moment."""
    return _taken(exactly=True) if "selfcare_id" in constraint(error) else None


def constraint(error: IntegrityError) -> str:
    """The name of the constraint that was hurt; empty where the database named none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def _taken(exactly: bool) -> ValidationError:
    if exactly:
        return _error(_("このユーザー名はすでに使われています。別のユーザー名にしてください。"), "taken")
    return _error(
        _("大文字・小文字だけが違うユーザー名がすでに使われています。別のユーザー名にしてください。"),
        "taken_in_other_case",
    )


def _error(words: str, code: str) -> ValidationError:
    return ValidationError(words, code=code)
