"""What is refused before a view is asked: methods that no page has, too much at once, changes during maintenance."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from selfcare import clock
from selfcare.shell import errors, maintenance
from selfcare.shell.uploads import LARGEST_REQUEST

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: What goes on: coming in, going out, the language. Everything else that is sent may change something.
OPEN_NAMES = frozenset({"login", "login_code", "login_passkey", "login_code_passkey", "logout", "set_language"})

#: Forms and links; a page that is to answer others joins the list.
METHODS = ("GET", "HEAD", "POST")


class MethodsMiddleware:
    """Other methods are refused unread, TRACE among them, which would send cookies back to whoever can read answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


class LargestRequestMiddleware:
    """What announces more than any page takes is answered unread. Before the CSRF check, which reads the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdecimal() and int(announced) > LARGEST_REQUEST:
            return errors.too_large(request, most=LARGEST_REQUEST)
        return self.get_response(request)


class MaintenanceMiddleware:
    """While the switch is on, customers' POSTs get the 503 page with the end time; pages stay readable.

    Operators go on (they end it), and so do the machines that speak to us: the carrier would not ask twice for ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in _SAFE or self._goes_on(request) or not maintenance.is_read_only():
            return self.get_response(request)
        announced = maintenance.current(clock.now())
        return errors.unavailable(request, ends_at=announced.ends_at if announced else None)

    def _goes_on(self, request: HttpRequest) -> bool:
        if request.path.startswith(reverse("admin:index")):
            return True
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return True
        # What needs no CSRF token is no page: machines ask there.
        return found.view_name in OPEN_NAMES or getattr(found.func, "csrf_exempt", False)
