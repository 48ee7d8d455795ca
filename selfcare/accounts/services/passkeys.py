"""A user's passkeys: registered, renamed, removed, and shown to prove who is there. Customers' users and operators."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django_otp_webauthn.models import WebAuthnCredential, WebAuthnUserHandle

from selfcare import clock
from selfcare.accounts import audit, context, webauthn
from selfcare.accounts.models import User
from selfcare.accounts.services import factor_changes, notices, recovery_codes, throttle

#: Enough for every device, few enough to be looked over.
MOST = 10
NAME_LENGTH = 40
#: A challenge is answered once, whatever two copies of a session believe; it lives for less than this window.
_CHALLENGE = throttle.Limit("challenge", 1, timedelta(minutes=15))
#: Questions to one address: each is kept in a session.
_QUESTIONS = throttle.Limit("questions", 300, timedelta(minutes=15))


class TooManyError(Exception):
    """The user has as many passkeys as there may be."""


class AskedTooOftenError(Exception):
    """This address has had as many questions as it may have for now."""


class NotRightError(Exception):
    """The authenticator's answer is none to what was asked, or its passkey is registered already."""


def of(user: User) -> list[WebAuthnCredential]:
    return list(WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("created_at", "pk"))


def registration_options(*, user: User) -> tuple[dict[str, Any], str]:
    """What to ask an authenticator for a new passkey, which must not hold one of this user yet; and the challenge.

    Raises TooManyError.
    """
    if WebAuthnCredential.objects.filter(user=user).count() >= MOST:
        raise TooManyError
    options, state = webauthn.helper().register_begin(user)
    return options, state["challenge"]


def register(
    *, user: User, challenge: str, answer: str, name: str, actor: User
) -> tuple[WebAuthnCredential, list[str]]:
    """Keep the new passkey that answers `challenge`; with it, recovery codes for a customer's user who has none left.

    Raises NotRightError or TooManyError.
    """
    made = webauthn.registered(answer, challenge=challenge, user=user) if _use(challenge) else None
    if made is None:
        raise NotRightError
    made.name = name
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if WebAuthnCredential.objects.filter(user=user).count() >= MOST:
            raise TooManyError
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            raise NotRightError from None
        _changed(made, "added", {"name": name}, actor)
        codes = [] if locked.is_staff else recovery_codes.ensure(user=locked, actor=actor)
    return made, codes


def rename(*, user: User, pk: int, name: str, actor: User) -> bool:
    """False where the user has no such passkey, or it has this name already."""
    with transaction.atomic():
        passkey = WebAuthnCredential.objects.select_for_update().filter(user=user, pk=pk).first()
        if passkey is None or passkey.name == name:
            return False
        old, passkey.name = passkey.name, name
        passkey.save(update_fields=["name"])
        _changed(passkey, "renamed", {"name": [old, name]}, actor)
    return True


def remove(*, user: User, pk: int, actor: User) -> WebAuthnCredential | None:
    """Sessions that it opened end with it. None where the user has no such passkey."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        passkey = WebAuthnCredential.objects.select_for_update().filter(user=user, pk=pk).first()
        if passkey is None:
            return None
        WebAuthnCredential.objects.filter(pk=pk).delete()
        _changed(passkey, "removed", {"name": passkey.name}, actor)
        if not locked.is_staff:
            factor_changes.after_removal(user=locked, actor=actor)
    removed: WebAuthnCredential = passkey
    return removed


def forget(*, user: User) -> int:
    """All of a login that ends or is set up anew: how many. The caller's event tells of it."""
    with transaction.atomic():
        gone: int = WebAuthnCredential.objects.filter(user=user).delete()[0]
        WebAuthnUserHandle.objects.filter(user=user).delete()
    return gone


def request_options(*, user: User | None = None) -> tuple[dict[str, Any], str]:
    """What to ask for to prove who is there, and the challenge. Without a user any passkey of this host may answer:
    the question is the same for everybody. Raises AskedTooOftenError."""
    asking = throttle.key(_QUESTIONS, throttle.network(context.current().address))
    if throttle.reserve([(_QUESTIONS, asking)]) is None:
        raise AskedTooOftenError
    options, state = webauthn.helper().authenticate_begin(user, require_user_verification=True)
    return options, state["challenge"]


def find(answer: webauthn.Answer | None) -> WebAuthnCredential | None:
    """The passkey that the answer claims to be; nothing is proved by that."""
    digest = answer.digest if answer is not None else ""
    found = WebAuthnCredential.objects.select_related("user").filter(credential_id_sha256=digest, confirmed=True)
    passkey: WebAuthnCredential | None = found.first()
    return passkey


def verify(*, user: User | None, challenge: str, answer: str) -> WebAuthnCredential | None:
    """The passkey, of `user` if given, that answers `challenge`; None for everything that is not right.

    Callers count the try before they ask. A challenge is used up by the first answer, right or wrong.
    """
    if not _use(challenge):
        return None
    claimed = webauthn.read(answer)
    with transaction.atomic():
        # Locked, so that of two answers with the same count one is the second.
        passkey = _locked(claimed.digest if claimed is not None else "")
        if claimed is None or not _belongs(passkey, user, claimed):
            passkey = None
        right = webauthn.checked(claimed, challenge=challenge, passkey=passkey) if claimed is not None else None
        if passkey is None or right is None:
            return None
        passkey.sign_count = right.new_sign_count
        passkey.backup_state = right.credential_backed_up
        passkey.last_used_at = clock.real_now()
        passkey.save(update_fields=["sign_count", "backup_state", "last_used_at"])
    return passkey


def _locked(digest: str) -> WebAuthnCredential | None:
    rows = WebAuthnCredential.objects.select_for_update(of=("self",)).select_related("user")
    found: WebAuthnCredential | None = rows.filter(credential_id_sha256=digest, confirmed=True).first()
    return found


def _belongs(passkey: WebAuthnCredential | None, user: User | None, claimed: webauthn.Answer) -> bool:
    """Whether it is the passkey of whom it should be: of `user`, else of whom the authenticator names."""
    if passkey is None:
        return False
    if user is not None and passkey.user_id != user.pk:
        return False
    named = claimed.user_handle
    if named is None:
        return user is not None
    return bool(WebAuthnUserHandle.objects.filter(user_id=passkey.user_id, handle_hex=named.hex()).exists())


def _use(challenge: str) -> bool:
    """Whether this is the first answer to the challenge: counted, so that two at once are one and a refusal."""
    return bool(challenge) and throttle.reserve([(_CHALLENGE, throttle.key(_CHALLENGE, challenge))]) is not None


def _changed(passkey: WebAuthnCredential, change: str, detail: dict[str, Any], actor: User) -> None:
    user: User = passkey.user
    audit.record(action=f"passkey.{change}", obj=user, detail={"passkey": passkey.pk, **detail}, actor=actor)
    notices.tell_change(user, "factor_changed", change=f"passkey_{change}", passkey=passkey.name)
