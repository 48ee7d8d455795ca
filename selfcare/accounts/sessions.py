"""The session engine: rows of UserSession, found by a digest of the cookie's value.

Real time throughout. A session ends 30 minutes after its last use and 12 hours after its login, whichever comes
first; both are measured here, whatever the cookie says. Saving only ever updates: a request that is still running
when its session is ended elsewhere cannot bring it back.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import IntegrityError, transaction

from selfcare import clock
from selfcare.accounts import context
from selfcare.accounts.models import UserSession

#: The longest life of a session that waits for its code, or of a visitor's.
HALF_AGE = timedelta(minutes=30)
#: `last_seen_at` is written at most this often.
TOUCH_EVERY = timedelta(minutes=1)
_STARTED = "started_at"


def digest(session_key: str | None) -> str:
    """What the table holds instead of the cookie's value: 160 bits of SHA-256 over 165 random bits."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]


class SessionStore(SessionBase):
    # What Django's class has and its stubs leave out.
    _get_session: Callable[..., dict[str, Any]]
    _get_new_session_key: Callable[[], str]
    _last_seen: datetime | None = None

    def load(self) -> dict[str, Any]:
        now = clock.real_now()
        row = UserSession.objects.filter(
            session_key=digest(self.session_key), expire_date__gt=now, last_seen_at__gt=now - settings.SESSION_IDLE
        ).first()
        if row is None:
            self._session_key = None
            return {}
        self._last_seen = row.last_seen_at
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return UserSession.objects.filter(session_key=digest(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        now = clock.real_now()
        data = self._get_session(no_load=must_create)
        if SESSION_KEY in data:
            # The first save with a user in it is the login, whichever view did it; a new key later is none.
            data.setdefault(_STARTED, now.isoformat())
        content = {
            "session_data": self.encode(data),
            "user_id": data.get(SESSION_KEY),
            "created_at": _started(data) or now,
            "expire_date": _end(data, now),
        }
        if must_create:
            self._insert(content, now)
        elif not UserSession.objects.filter(session_key=digest(self.session_key)).update(**content):
            raise UpdateError

    def _insert(self, content: dict[str, Any], now: datetime) -> None:
        asking = context.current()
        try:
            with transaction.atomic():
                UserSession.objects.create(
                    session_key=digest(self.session_key),
                    last_seen_at=now,
                    address=asking.address,
                    user_agent=asking.user_agent[:300],
                    **content,
                )
        except IntegrityError:
            raise CreateError from None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            UserSession.objects.filter(session_key=digest(key)).delete()

    def cycle_key(self) -> None:
        """A new key for the same content. The old row moves, so that a session ended meanwhile stays ended."""
        self._get_session()
        old = self.session_key
        if old is None:
            self.create()
            return
        self._session_key = self._get_new_session_key()
        if not UserSession.objects.filter(session_key=digest(old)).update(session_key=digest(self.session_key)):
            raise SessionInterrupted("The session was ended while the request was running.")
        self.modified = True

    def touch(self) -> None:
        """Note that the session is in use; called on every request."""
        now = clock.real_now()
        if self._last_seen is None or now - self._last_seen < TOUCH_EVERY:
            return
        UserSession.objects.filter(session_key=digest(self.session_key)).update(last_seen_at=now)
        self._last_seen = now

    @classmethod
    def clear_expired(cls) -> None:
        now = clock.real_now()
        UserSession.objects.filter(expire_date__lte=now).delete()
        UserSession.objects.filter(last_seen_at__lte=now - settings.SESSION_IDLE).delete()


def _started(data: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(data[_STARTED]) if _STARTED in data else None


def _end(data: dict[str, Any], now: datetime) -> datetime:
    """The absolute end of a session with this content."""
    started = _started(data)
    return started + timedelta(seconds=settings.SESSION_COOKIE_AGE) if started else now + HALF_AGE
