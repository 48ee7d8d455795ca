"""認証コード配信先メールアドレス: where a user's codes go is changed by a link mailed to the new address.

| step | by | then |
| --- | --- | --- |
| `ask` | the user, or an owner of the company for him | a link to the new address, good for 24 hours |
| `confirm` | who has the link, and the user's ID and password | the address is set; old and new address are told |
| `cancel` | the user, or an owner | the link is void |

Until `confirm` the old address and the old login method stay in force. A user has one open change: asking again
replaces it. A change of one's own password leaves it open, because the link asks for the new one; a password that
somebody else set (link, letter, owner) voids it: whoever asked may have been the one who knew the old one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit, links
from selfcare.accounts.models import CodeAddressChange, Customer, PasswordReset, User
from selfcare.accounts.services import address_notices, link_mails, owners, sessions
from selfcare.accounts.services.addresses import checked, code_address, confirmed_address, masked
from selfcare.accounts.services.login import LoginRefusedError, check_password
from selfcare.work.outbox import Outgoing, send

VALIDITY = timedelta(hours=24)
_State = CodeAddressChange.State
#: Why a link is refused: the words of `LinkRefusedError.reason`.
_ENDED = {_State.DONE: "used", _State.CANCELLED: "cancelled", _State.REPLACED: "replaced", _State.OPEN: "expired"}


_also: list[Callable[[User], None]] = []


def also_void(function: Callable[[User], None]) -> None:
    """Have links of other parts voided with these; they register in `AppConfig.ready()`."""
    _also.append(function)


class LinkRefusedError(Exception):
    """`reason`: unknown, used, cancelled, replaced, expired, or other (it belongs to another user)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Login:
    """What is typed on the link's page, and the browser's mark; `session_key` is the session that stays, if any."""

    selfcare_id: str
    password: str
    browser: str = ""
    session_key: str | None = None


def pending(user: User) -> CodeAddressChange | None:
    """The change that waits for its link."""
    return _open(user).filter(expires_at__gt=clock.real_now()).select_related("asked_by").first()


def ask(*, user: User, email: str, login_method: str = "", actor: User) -> CodeAddressChange:
    """Mail a link to `email`, where the codes of `user` are to go; `login_method` is set with it, if given.

    Raises ValidationError for what is no address, the one in force, or too many mails; PermissionDenied when the actor
    is neither the user nor an owner of his company; ValidationError when the user has been removed.
    """
    checked(email)
    if not login_method and email.casefold() == confirmed_address(user).casefold():
        raise ValidationError(_("今の配信先と同じメールアドレスです。"), code="same")
    link_mails.count(email, actor=actor)
    link = links.make()
    with _locked(user, actor) as locked:
        now = clock.real_now()
        _open(locked).update(state=_State.REPLACED, ended_at=now)
        change = CodeAddressChange.objects.create(
            user=locked,
            email=email,
            login_method=login_method,
            token_digest=link.digest,
            asked_by=actor,
            created_at=now,
            expires_at=now + VALIDITY,
        )
        audit.record(action="user.code_address_asked", obj=locked, detail=_wanted(change), actor=actor)
        send(_invitation(change, link))
    return change


def cancel(*, user: User, actor: User) -> bool:
    """申込中の変更を取り消す; False when none is open any more. Raises PermissionDenied like `ask`."""
    with _locked(user, actor) as locked:
        now = clock.real_now()
        change = _open(locked).filter(expires_at__gt=now).first()
        if change is None or not _end(change, _State.CANCELLED):
            return False
        audit.record(action="user.code_address_cancelled", obj=locked, detail=_wanted(change), actor=actor)
    return True


def void(*, user: User) -> None:
    """Part of other services, which audit why: no link that was mailed for this user is good any more."""
    now = clock.real_now()
    _open(user).update(state=_State.REPLACED, ended_at=now)
    PasswordReset.objects.filter(user=user, used_at=None, expires_at__gt=now).update(expires_at=now)
    for function in _also:
        function(user)


def of_link(*, token: str, signed_in: User | None) -> CodeAddressChange:
    """The change that the link is for. Opening it uses nothing up. Raises LinkRefusedError."""
    change = links.named(CodeAddressChange.objects.select_related("user"), token).first()
    if change is None:
        raise LinkRefusedError("unknown")
    if change.state != _State.OPEN or change.expires_at <= clock.real_now():
        raise LinkRefusedError(_ENDED[_State(change.state)])
    if signed_in is not None and signed_in.pk != change.user_id:
        raise LinkRefusedError("other")
    return change


def confirm(*, token: str, login: Login, signed_in: User | None) -> User:
    """Set the address, and the login method that goes with it; return the user.

    All the user's sessions end but `login.session_key`, with the attempts and links of the old address. Raises
    LinkRefusedError; LoginRefusedError when ID and password are not those of a usable login (counted like a login).
    """
    change = of_link(token=token, signed_in=signed_in)
    known = check_password(selfcare_id=login.selfcare_id, password=login.password, browser=login.browser, staff=False)
    if known.pk != change.user_id:
        raise LinkRefusedError("other")
    with transaction.atomic():
        user = User.objects.for_login().select_for_update(of=("self",), no_key=True).get(pk=known.pk)
        # The password, or the right to log in, may have been taken away since it was checked.
        if user.password != known.password or not user.may_log_in:
            raise LoginRefusedError
        if not _end(change, _State.DONE):
            change.refresh_from_db(fields=["state"])
            raise LinkRefusedError(_ENDED[_State(change.state)])
        _set(user, change, kept_session=login.session_key)
    return user


def _set(user: User, change: CodeAddressChange, *, kept_session: str | None) -> None:
    customer = cast(Customer, user.customer)
    old, old_method = code_address(user), user.login_method
    detail = {"code_email": [user.code_email, change.email]}
    user.code_email = change.email
    if change.login_method and change.login_method != old_method:
        user.login_method = change.login_method
        detail["login_method"] = [old_method, change.login_method]
    user.save(update_fields=["code_email", "login_method"])
    sessions.end_all(user=user, except_key=kept_session)
    void(user=user)
    audit.record(action="user.code_address_changed", obj=user, detail=detail, actor=user)
    address_notices.tell(
        "code_address_done",
        readers=[(old, user), (change.email, user), *address_notices.owners_of(customer.pk)],
        selfcare_id=user.selfcare_id,
        old=masked(old) if old else "",
        new=masked(change.email),
        login_method=change.login_method,
    )


def _open(user: User) -> QuerySet[CodeAddressChange]:
    return CodeAddressChange.objects.filter(user=user, state=_State.OPEN)


def _end(change: CodeAddressChange, state: CodeAddressChange.State) -> bool:
    """Tested in the UPDATE: of two who end the same change at once, one does."""
    now = clock.real_now()
    rows = CodeAddressChange.objects.filter(pk=change.pk, state=_State.OPEN, expires_at__gt=now)
    return bool(rows.update(state=state, ended_at=now))


@contextmanager
def _locked(user: User, actor: User) -> Iterator[User]:
    """A transaction with the user's row locked and read anew, for the user or an owner of the same company."""
    if user.pk != actor.pk:
        with owners.changing(user=user, actor=actor) as locked:
            yield locked
        return
    with transaction.atomic():
        locked = User.objects.for_login().select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        if not locked.may_log_in:
            raise ValidationError(_("このユーザーはすでに利用できません。"), code="removed")
        yield locked


def _wanted(change: CodeAddressChange) -> dict[str, str]:
    wanted = {"code_email": change.email}
    return {**wanted, "login_method": change.login_method} if change.login_method else wanted


def _invitation(change: CodeAddressChange, link: links.Link) -> Outgoing:
    user, by = change.user, change.asked_by
    return Outgoing(
        template="code_address_asked",
        to=change.email,
        secret=link.path("accounts:code_address_link"),
        context={
            "name": user.display_name,
            "selfcare_id": user.selfcare_id,
            "by": "" if by.pk == user.pk else by.display_name,
            "hours": int(VALIDITY.total_seconds()) // 3600,
            "login_method": change.login_method,
        },
        customer_id=user.customer_id,
        language=user.language,
        expires_at=change.expires_at,
    )


__all__ = [
    "LinkRefusedError",
    "Login",
    "LoginRefusedError",
    "also_void",
    "ask",
    "cancel",
    "confirm",
    "of_link",
    "pending",
    "void",
]
