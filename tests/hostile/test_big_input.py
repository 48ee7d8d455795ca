"""Requests that are too big, too many or no form at all: refused early, with a page."""

from typing import Any

import pytest
from django.test import Client

from tests.hostile import pages
from tests.people import log_in
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

FORM = "application/x-www-form-urlencoded"
MEGABYTE = 1024 * 1024
#: Every page where somebody types a text, with its field.
FIELDS = {
    "/login/": "selfcare_id",
    "/login/code/": "code",
    "/forgotten/": "email",
    "/lost-id/": "email",
    "/cloud/apply/link/": "mail",
    "/admin/login/": "username",
    "/numbering/add/": "count",
    "/account/password/": "new_password",
    "/account/sessions/": "end",
    "/i18n/language/": "language",
}


def told(answer: Any) -> None:
    assert answer.status_code in {200, 302, 400, 403, 413}
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert pages.faults_of_markup(answer.content.decode()) == []
    assert len(answer.content) < 4 * MEGABYTE, "typed once, shown again once or twice"


@pytest.mark.parametrize("path", FIELDS)
def test_a_field_of_a_megabyte_is_an_error_of_the_field(ours, path):
    client = log_in(ours.user)
    for name in (FIELDS[path], "next", "csrfmiddlewaretoken", "unknown"):
        told(client.post(path, {name: "x" * MEGABYTE}))
    told(client.get(path, {FIELDS[path]: "x" * MEGABYTE}))


@pytest.mark.parametrize("path", FIELDS)
def test_what_is_bigger_than_any_form_is_refused(ours, path):
    client = log_in(ours.user)
    many = "&".join(f"f{n}=1" for n in range(2000))
    for content in (f"{FIELDS[path]}={'x' * 3 * MEGABYTE}", many):
        answer = client.post(path, content, content_type=FORM)
        # The code's page leads on before it reads, because nobody waits for a code here.
        assert answer.status_code == (302 if path == "/login/code/" else 400)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"selfcare_id": "x"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        (b"anything", "multipart/form-data"),
        (b"\xff" * 1000, FORM),
        (b"a=%zz&%=&&&=;;", FORM),
        (b"a=1", f"{FORM}; charset=utf-7"),
        (b"a=1", f"{FORM}; charset=nothing-known"),
        (b"<x/>", "text/xml"),
        (b"", ""),
    ],
)
def test_a_body_that_is_no_form_is_an_empty_form_or_refused(ours, content, kind):
    for client in (log_in(ours.user), Client(), inside(operator_of("admin"))):
        for path in (*FIELDS, "/lines/carrier/events/"):
            answer = client.generic("POST", path, content, content_type=kind)
            assert answer.status_code < 500, f"{path}: {kind}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "selfcare=" + "x" * 5000},
        {"Cookie": "selfcare=%00; selfcare_browser=;;; selfcare_language=xx-yy"},
        {"Cookie": 'selfcare="\\"; selfcare_csrf=short'},
        {"Accept-Language": "x" * 5000},
        {"Accept-Language": "ja;q=nothing,*;q=2"},
        {"X-Forwarded-For": "1.1.1.1, ::ffff:nothing, \x00"},
        {"User-Agent": "\x00" + "x" * 5000},
        {"HX-Request": "true", "HX-Current-URL": "javascript:alert(1)", "HX-Target": "<script>"},
        {"Referer": "\x00", "Origin": "null"},
        {"Host": "localhost:99999999"},
        {"Host": "localhost\x00"},
        {"Range": "bytes=0-1,5-"},
    ],
)
def test_headers_may_hold_anything(ours, headers):
    for client in (log_in(ours.user), Client()):
        for path in ("/", "/login/", "/lines/", "/nothing/", "/admin/"):
            assert client.get(path, headers=headers).status_code < 500
        answer = client.post("/login/", {"selfcare_id": "nobody_here", "password": "x"}, headers=headers)
        assert answer.status_code < 500


def test_parameters_given_twice_count_once(ours):
    client = log_in(ours.user)
    answer = client.post("/numbering/add/", "count=50&count=1", content_type=FORM)
    assert answer.status_code == 302
    confirm = client.get(answer["Location"])
    assert confirm.context["order"].data == {"count": 1}, "the last one, as everywhere in Django"
    page = client.get("/orders/?state=open&state=failed&q=a&q=b")
    assert page.context["filters"].cleaned_data["state"] == "failed"
