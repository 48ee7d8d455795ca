"""A user's logged-in browsers: listing them and ending them on the server."""

from django.db import transaction

from selfcare.accounts import audit
from selfcare.accounts.models import User, UserSession
from selfcare.accounts.sessions import digest


def end_session(*, user: User, session: str, actor: User) -> bool:
    """End one session by its digest; False when it is not this user's or has ended already."""
    with transaction.atomic():
        ended, _ = UserSession.objects.visible_to(user).filter(session_key=session).delete()
        if ended:
            audit.record(action="session.ended", obj=user, actor=actor)
    return bool(ended)


def end_other_sessions(*, user: User, session_key: str | None, actor: User) -> int:
    """End all sessions of the user but the one with this key; return how many there were."""
    with transaction.atomic():
        ended = end_all(user=user, except_key=session_key)
        audit.record(action="session.others_ended", obj=user, detail={"ended": ended}, actor=actor)
    return ended


def end_all(*, user: User, except_key: str | None = None) -> int:
    """Part of other services, which audit why: delete the rows, and the attempts that could still become sessions."""
    rows = UserSession.objects.visible_to(user)
    if except_key:
        rows = rows.exclude(session_key=digest(except_key))
    ended, _ = rows.delete()
    user.login_attempts.filter(state="open").update(state="ended")
    return ended
