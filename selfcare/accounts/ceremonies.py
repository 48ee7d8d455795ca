"""What stands in the session between the question to a passkey and its answer: the challenge, for one purpose."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from selfcare import clock

#: A challenge for one is none for another.
REGISTER, LOGIN, SECOND, STEP_UP = "register", "login", "second", "step_up"
#: How long a challenge waits for its answer; browsers are told the same.
VALIDITY = timedelta(minutes=5)


def keep(request: HttpRequest, purpose: str, challenge: str) -> None:
    """Remember what was asked; what was asked for this purpose before is void."""
    request.session[_name(purpose)] = {"challenge": challenge, "asked_at": clock.real_now().isoformat()}


def take(request: HttpRequest, purpose: str) -> str:
    """The challenge of this session, which forgets it; empty when there is none or it is too old."""
    kept: dict[str, Any] | None = request.session.pop(_name(purpose), None)
    if kept is None:
        return ""
    age = clock.real_now() - datetime.fromisoformat(kept["asked_at"])
    return str(kept["challenge"]) if timedelta(0) <= age < VALIDITY else ""


def is_waiting(request: HttpRequest, purpose: str) -> bool:
    """Whether this session was asked for this purpose and has not answered."""
    return _name(purpose) in request.session


def _name(purpose: str) -> str:
    return f"passkey_{purpose}"
