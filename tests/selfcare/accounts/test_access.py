"""Who gets to which page. Every address of the portal is walked."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from selfcare.accounts.models import User
from tests import builders
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES, half_session, walk_in

pytestmark = pytest.mark.django_db(databases=DATABASES)

#: Open to everybody, on purpose; each answers without anything of a customer's.
PUBLIC = {
    "login",
    "login_code",
    "login_passkey",
    "login_code_passkey",
    "logout",
    "set_language",
    "accounts:forgotten",
    "accounts:lost_id",
    "accounts:reset",
    "accounts:code_address_link",
    "accounts:notification_address_link",
    "healthz",
    "readyz",
    "metrics",
}
#: Spoken to by machines, which sign what they send.
MACHINES = {"lines:carrier-events"}
#: The demo's own pages are there in the demo only.
DEMO = {"demo_mails", "demo_mail"}


def _walk(patterns: list[Any], before: str = "", space: str = "") -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            below = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, below)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", here, pattern


def _address(route: str, pattern: Any) -> str:
    """An address of this route, with ids that may exist."""
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__
        value = str(uuid4()) if kind == "UUIDConverter" else "1" if kind == "IntConverter" else "x"
        for written in (f"<{kind.removesuffix('Converter').lower()}:{name}>", f"<{name}>", f"<str:{name}>"):
            route = route.replace(written, value)
    return "/" + route


def _guarded() -> list[tuple[str, str]]:
    found = [
        (name, _address(route, pattern))
        for name, route, pattern in _walk(get_resolver().url_patterns)
        if name not in PUBLIC | MACHINES | DEMO
        and not name.startswith("admin:")
        and "static" not in route
        and not route.startswith("admin/")
    ]
    assert len(found) > 12, "the walk must see the portal"
    return found


def _refused(client: Client, address: str) -> bool:
    """GET and POST lead to the login."""
    answers = [client.get(address), client.post(address, {"action": "x"})]
    return all(
        answer.status_code in {404, 405} or (answer.status_code == 302 and answer["Location"].startswith("/login/"))
        for answer in answers
    )


def test_without_a_session_every_page_leads_to_the_login(owner, browser):
    reached = [name for name, address in _guarded() if not _refused(browser(), address)]
    assert reached == []


def test_a_half_session_reaches_no_page(owner):
    client = half_session(owner)
    assert client.get("/login/code/").status_code == 200, "the session is a half one"
    reached = [name for name, address in _guarded() if not _refused(client, address)]
    assert reached == []
    assert client.get("/login/code/").status_code == 200, "and still is"


def test_django_login_without_the_second_step_reaches_no_page(owner, browser):
    client = browser()
    client.force_login(owner)
    assert [name for name, address in _guarded() if not _refused(client, address)] == []


def test_the_walk_would_see_a_page_that_is_open(owner):
    client = walk_in(owner)
    reached = [name for name, address in _guarded() if not _refused(client, address)]
    assert {"home", "accounts:sessions", "accounts:password"} <= set(reached)


def test_an_operators_login_opens_no_customers_page(operator, browser):
    client = browser()
    client.force_login(operator)
    for name, address in _guarded():
        assert client.get(address).status_code in {403, 404, 405}, name


def test_a_user_who_must_change_the_password_reaches_nothing_else(owner):
    User.objects.filter(pk=owner.pk).update(must_change_password=True)
    client = walk_in(owner)
    for name, address in _guarded():
        answer = client.get(address)
        assert answer.status_code in {302, 404, 405} or name == "accounts:password", name
        assert answer.get("Location", "/account/password/") == "/account/password/", name


def test_a_viewer_gets_no_page_of_a_member(viewer, colleague):
    assert log_in(colleague).get("/numbering/add/").status_code == 200
    answer = log_in(viewer).get("/numbering/add/")
    assert answer.status_code == 403
    assert "担当者" in answer.content.decode()


def test_a_function_that_no_contract_has_is_explained(contract, colleague):
    contract.functions = ["lines.status"]
    contract.save(update_fields=["functions"])
    answer = log_in(colleague).get("/numbering/add/")
    assert answer.status_code == 403
    assert "ご利用いただけません" in answer.content.decode()


def test_with_several_contracts_one_is_chosen_and_kept(contract, colleague):
    second = builders.contract(customer=contract.customer, name="大阪支店")
    strangers = builders.contract()
    client = log_in(colleague)
    page = client.get("/numbering/add/")
    assert [choice.pk for choice in page.context["contracts"]] == [contract.pk, second.pk]
    assert "大阪支店" in page.content.decode()
    assert (
        client.get(f"/numbering/add/?contract={strangers.number}").templates[0].name == "accounts/choose_contract.html"
    )
    client.get(f"/numbering/add/?contract={second.number}")
    assert "大阪支店" in client.get("/numbering/add/").content.decode()


def test_htmx_requests_of_a_lost_session_send_the_whole_page_to_the_login(browser):
    answer = browser().get("/orders/", HTTP_HX_REQUEST="true")
    assert answer["HX-Redirect"].startswith("/login/")


def test_roles_contain_each_other(contract):
    for role, may in {"viewer": (1, 0, 0), "member": (1, 1, 0), "owner": (1, 1, 1)}.items():
        user = person(f"role_{role}", customer=contract.customer, role=role)
        assert tuple(user.has_role(wanted) for wanted in ("viewer", "member", "owner")) == tuple(map(bool, may))
