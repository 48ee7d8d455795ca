"""Rights that end while requests are running: a page that waits in the middle, and two protections taken away."""

import threading
from dataclasses import dataclass, field

from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpResponse
from django.urls import path

from selfcare.accounts import backend, sessions
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import User
from selfcare.accounts.requests import CustomerRequest
from selfcare.urls import handler403, handler404, handler500
from selfcare.urls import urlpatterns as real

__all__ = ["handler403", "handler404", "handler500"]


@dataclass
class Gate:
    """Requests go in, and come out when they are let."""

    inside: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    opened: threading.Event = field(default_factory=threading.Event)


gates: dict[str, Gate] = {}


@customer_view()
def held(request: CustomerRequest) -> HttpResponse:
    """It has found out who asks, and changed the session; then it waits."""
    request.session["held"] = "changed"
    gate = gates[request.user.selfcare_id]
    gate.inside.release()
    assert gate.opened.wait(60)
    return HttpResponse("done")


urlpatterns = [path("test/held/", held), *real]


class SessionStore(sessions.SessionStore):
    """Negative control: what was ended meanwhile is written anew."""

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError:
            super().save(must_create=True)


class Remembering(backend.Backend):
    """Negative control: who has been seen once is not asked for again."""

    known: dict[int, User] = {}

    def get_user(self, user_id: int) -> User | None:
        if (user := self.known.get(int(user_id))) is not None:
            return user
        found = super().get_user(user_id)
        if found is not None:
            self.known[int(user_id)] = found
        return found
