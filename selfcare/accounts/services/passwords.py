"""Changing and resetting passwords. Each change ends the user's other sessions, voids links and tells the user."""

import base64
import json
import uuid
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from selfcare import clock, vault
from selfcare.accounts import audit, context, links
from selfcare.accounts.models import PasswordReset, User
from selfcare.accounts.services import code_addresses, notices, sessions, throttle
from selfcare.accounts.services.addresses import is_registered
from selfcare.accounts.services.login import LoginRefusedError, check_password
from selfcare.work import jobs
from selfcare.work.models import Job
from selfcare.work.outbox import Outgoing, send

RESET_VALIDITY = timedelta(minutes=30)
#: Links that one user may be sent within an hour, whoever asks.
RESETS_PER_HOUR = 3


class LinkInvalidError(Exception):
    """The link is unknown, used, replaced by a newer one, its 30 minutes are over, or the login is not usable."""


def change_password(*, user: User, current: str, new: str, browser: str, session_key: str | None, actor: User) -> User:
    """Replace the user's own password and return the user with it. `session_key` names the session that stays.

    Raises LoginRefusedError when `current` is wrong (counted like a login), ValidationError when `new` is refused.
    """
    check_password(selfcare_id=user.selfcare_id, password=current, browser=browser, staff=user.is_staff)
    if current == new:
        raise ValidationError(_("今と同じパスワードは使えません。"), code="same")
    validate_password(new, user)
    with transaction.atomic():
        changed = User.objects.select_for_update().get(pk=user.pk)
        _replace(changed, new, kept_session=session_key, action="user.password_changed", actor=actor)
    return changed


def request_reset(*, selfcare_id: str, email: str) -> None:
    """Ask for a link. Does the same work whether or not the pair exists: the look-up and the mail are a worker's."""
    _ask("accounts.send_reset", {"selfcare_id": selfcare_id, "email": email})


def request_lost_id(*, email: str) -> None:
    """Ask for the IDs under a registered address; the same for every address, as with `request_reset`."""
    _ask("accounts.send_lost_id", {"email": email})


def reset_password(*, token: str, new: str) -> User:
    """Set a new password by link. Raises LinkInvalidError, or ValidationError (then the link stays good)."""
    with transaction.atomic():
        link = _links(token).first()
        users = User.objects.for_login().select_for_update(of=("self",))
        user = users.filter(pk=link.user_id).first() if link is not None else None
        # Links are made, used and voided behind the user's row: only now it is certain that this one is good.
        if user is None or not user.may_log_in or not _links(token).exists():
            raise LinkInvalidError
        validate_password(new, user)
        _replace(user, new, kept_session=None, action="user.password_reset", actor=user)
        # Who knew the old password may have asked for codes to go elsewhere.
        code_addresses.void(user=user)
    return user


def user_of_link(*, token: str) -> User | None:
    """Whose link it is, while it is good. Opening a link uses nothing up: mail scanners open it first."""
    link = _links(token).first()
    user = User.objects.for_login().filter(pk=link.user_id).first() if link is not None else None
    return user if user is not None and user.may_log_in else None


@jobs.job("accounts.send_reset")
def send_reset(row: Job) -> None:
    """Mail the link if ID and address belong together and the login is usable."""
    asked = open_asked(row)
    with transaction.atomic():
        # Locked before the look at it: a link made while address or rights are changed would outlive the change.
        users = User.objects.for_login().select_for_update(of=("self",))
        user = users.filter(selfcare_id=asked["selfcare_id"], is_staff=False).first()
        if user is not None and user.may_log_in and is_registered(user, asked["email"]):
            send_link(user=user, to=asked["email"], actor=None)


def send_link(*, user: User, to: str, actor: User | None) -> bool:
    """Part of other services, inside their transaction, with `user` locked: mail a link, which voids those before.

    `actor` is the owner who asked for it, None for the user. False when this user has been sent enough of them.
    """
    now = clock.real_now()
    sent = PasswordReset.objects.filter(user=user)
    if sent.filter(created_at__gt=now - timedelta(hours=1)).count() >= RESETS_PER_HOUR:
        return False
    link = links.make()
    sent.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    sent.create(user=user, token_digest=link.digest, created_at=now, expires_at=now + RESET_VALIDITY)
    audit.record(action="user.reset_requested", obj=user, actor=actor)
    send(
        Outgoing(
            template="password_reset",
            to=to,
            secret=link.path("accounts:reset"),
            context={
                "name": user.display_name,
                "selfcare_id": user.selfcare_id,
                "minutes": int(RESET_VALIDITY.total_seconds()) // 60,
                "by": actor.display_name if actor else "",
            },
            customer_id=user.customer_id,
            language=user.language,
            expires_at=now + RESET_VALIDITY,
        )
    )
    return True


def open_asked(row: Job) -> dict[str, str]:
    """What was typed into the public form; sealed, because people type passwords into the wrong field."""
    sealed = base64.b64decode(row.payload["sealed"])
    asked: dict[str, str] = json.loads(vault.open_sealed(sealed, context=f"work.job:payload:{row.key}"))
    return asked


def _ask(kind: str, asked: dict[str, str]) -> None:
    counter = throttle.key(throttle.ASK, throttle.network(context.current().address))
    if throttle.reserve([(throttle.ASK, counter)]) is None:
        return
    key = str(uuid.uuid4())
    sealed = vault.seal(json.dumps(asked), context=f"work.job:payload:{key}")
    jobs.enqueue(kind=kind, key=key, payload={"sealed": base64.b64encode(sealed).decode()})


def _links(token: str) -> QuerySet[PasswordReset]:
    return links.named(PasswordReset.objects.filter(used_at=None, expires_at__gt=clock.real_now()), token)


def _replace(user: User, new: str, *, kept_session: str | None, action: str, actor: User) -> None:
    """Set the password inside the caller's transaction; `user` is locked."""
    now = clock.real_now()
    user.set_password(new)
    user.must_change_password = False
    user.password_expires_at = None
    user.save(update_fields=["password", "must_change_password", "password_expires_at"])
    PasswordReset.objects.filter(user=user, used_at=None, expires_at__gt=now).update(used_at=now)
    sessions.end_all(user=user, except_key=kept_session)
    audit.record(action=action, obj=user, actor=actor)
    notices.tell(user, "password_changed")


__all__ = [
    "LinkInvalidError",
    "LoginRefusedError",
    "change_password",
    "open_asked",
    "request_lost_id",
    "request_reset",
    "reset_password",
    "send_link",
    "user_of_link",
]
