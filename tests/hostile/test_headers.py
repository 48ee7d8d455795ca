"""Every page as the browser gets it: the content policy, what else the headers promise, nothing inline."""

import pytest
from django.test import Client

from selfcare.shell.models import Maintenance
from tests.hostile import pages, routes
from tests.hostile.world import Holdings
from tests.people import log_in
from tests.scale import FULL
from tests.selfcare.staff.people import inside, operator_of

pytestmark = [pytest.mark.faults, pytest.mark.django_db(databases=["default", "owner"])]


def walked(client: Client, ours: Holdings, *, admin: bool) -> dict[str, tuple[int, list[str]]]:
    """A page of each route that `client` gets with ids of ours: its status and what is wrong with it.

    What a page says of other ids is looked at where names are programs.
    """
    client.raise_request_exception = False
    found = {}
    for route in routes.every():
        if route.name.startswith("admin:") != admin or route.name.endswith("logout"):
            continue
        for path in route.filled({**ours.ids, "slug": ["lock", "retry", "policy", "user"]}):
            answer = client.get(path)
            found[path] = (answer.status_code, pages.faults_of(answer))
            if answer.status_code == 200 and not route.name.endswith("_operate") and not FULL:
                break
    return found


def wrong(found: dict[str, tuple[int, list[str]]]) -> dict[str, object]:
    return {path: (status, faults) for path, (status, faults) in found.items() if faults or status >= 500}


def drawn(found: dict[str, tuple[int, list[str]]]) -> int:
    return sum(status == 200 for status, _faults in found.values())


@pytest.mark.timeout(900)  # each page, on a machine that may be busy
def test_every_page_of_a_customer(clock, ours):
    clock.set("2026-11-20 10:00")
    client = log_in(ours.user)
    found = walked(client, ours, admin=False)
    for path in ("/orders/?q=R0", f"/orders/{ours.draft.uuid}/confirm/", f"/orders/{ours.booked.uuid}/cancel/"):
        answer = client.get(path)
        found[path] = (answer.status_code, pages.faults_of(answer))
    print(f"figure: {len(found)} addresses of customers, {drawn(found)} pages drawn")
    assert wrong(found) == {}
    assert drawn(found) > 15


def test_every_page_of_a_guest(ours):
    found = walked(Client(), ours, admin=False)
    assert wrong(found) == {}
    assert drawn(found) >= 5


def test_every_page_of_an_operator(clock, ours):
    found = walked(inside(operator_of("admin")), ours, admin=True)
    print(f"figure: {len(found)} addresses of operators, {drawn(found)} pages drawn")
    assert wrong(found) == {}
    assert drawn(found) > 25


def test_the_answers_to_forms_with_errors(ours):
    client = log_in(ours.user)
    for path in ("/numbering/add/", "/account/password/"):
        answer = client.post(path, {})
        assert answer.status_code == 200
        assert pages.faults_of(answer) == []
    for path in ("/login/", "/forgotten/", "/lost-id/", "/admin/login/"):
        answer = Client().post(path, {})
        assert answer.status_code == 200
        assert pages.faults_of(answer) == []


def test_every_error_page(ours, settings):
    client = log_in(ours.user, raise_request_exception=False)
    settings.ROOT_URLCONF = "tests.hostile.open_urls"
    strict = log_in(ours.user, enforce_csrf_checks=True)
    answers = {
        400: Client(headers={"Host": "evil.example"}).get("/login/"),
        403: strict.post("/account/password/", {}),
        404: client.get("/nothing/"),
        500: client.get("/broken/"),
    }
    Maintenance.objects.create(read_only=True)
    answers[503] = client.post("/account/password/", {})
    for status, answer in answers.items():
        assert answer.status_code == status
        assert pages.faults_of(answer, kept_nowhere=status != 400) == []
        assert "Traceback" not in answer.content.decode()
        assert "Django" not in answer.content.decode()


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "PROPFIND"])
def test_methods_that_no_page_has_are_refused_unread(ours, method):
    client = log_in(ours.user)
    for path in ("/", "/login/", "/forgotten/", "/admin/login/", "/lines/carrier/events/", "/nothing/"):
        answer = client.generic(method, path, headers={"X-Secret": "come back"})
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD, POST"
        assert b"come back" not in answer.content
        assert [*pages.faults_of_headers(answer.headers, kept_nowhere=False)] == []


@pytest.mark.parametrize(
    ("user_of", "path"), [("ours", "/logout/"), ("operator", "/admin/logout/")], ids=["customer", "operator"]
)
def test_the_way_out_ends_the_session_and_clears_the_browser(ours, user_of, path):
    client = log_in(ours.user) if user_of == "ours" else inside(operator_of("admin"))
    key = str(client.session.session_key)
    answer = client.post(path)
    assert answer.status_code in {200, 302}
    assert {'"cache"', '"storage"'} <= set(answer.headers["Clear-Site-Data"].replace(",", " ").split())
    assert pages.faults_of(answer) == []
    assert answer.cookies["selfcare"]["max-age"] == 0
    assert not client.session.exists(key)


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<button hx-on:click="go()">',
        '<div hx-vals="js:{a: 1}">',
        '<a href="javascript:go()">',
        '<script src="https://cdn.example/x.js"></script>',
        '<form action="//evil.example/">',
        '<input type="password" value="secret">',
        "<iframe></iframe>",
    ],
)
def test_the_check_sees_what_the_policy_would_refuse(markup):
    assert pages.faults_of_markup(markup)
    assert not pages.faults_of_markup('<a href="tel:0120"><script src="/static/x.js"></script><img src="data:,">')


def test_the_check_sees_an_open_policy():
    assert list(pages.faults_of_headers({}))
    open_policy = {"Content-Security-Policy": "default-src 'none'; script-src 'self' 'unsafe-inline'"}
    assert any("open" in fault for fault in pages.faults_of_headers(open_policy))
