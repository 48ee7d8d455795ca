"""Every role asks every address by every method: one world, one login per role, and the table of `rules.py`.

What other companies' users may not see is walked in test_addresses.py; here every id is one's own company's, so that
only the role, the state of the login and the method decide.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from selfcare.accounts.models import Contract, Customer, Role, User
from tests.hostile import routes, rules
from tests.hostile.roles import Asker, decorated, expected, opened, shown_again, told
from tests.hostile.rules import Rule, page_of
from tests.hostile.walk import MAIN, METHODS
from tests.people import log_in, person
from tests.selfcare.accounts.parts import half_session
from tests.selfcare.staff.people import inside, operator_of

#: Who asks by all methods: HEAD goes the way of GET, and what the middleware refuses, it refuses whoever asks.
EVERYTHING = ("guest", "owner")
pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def _ended(selfcare_id: str, owner: User, **state: Any) -> Client:
    """A browser of an owner whose rights end while he is logged in."""
    user = person(selfcare_id, customer=owner.customer, role=Role.OWNER)
    client = log_in(user)
    User.objects.filter(pk=user.pk).update(**state)
    return client


def _by_django(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _askers(owner: User, colleague: User, viewer: User, stranger: User) -> Iterator[Asker]:
    now = timezone.now()
    yield Asker("guest", Client())
    yield Asker("password only", half_session(owner))
    yield Asker("Django's login alone", _by_django(owner))
    yield Asker("suspended", _ended("office_suspended", owner, suspended_at=now))
    yield Asker("locked", _ended("office_locked", owner, locked_at=now))
    yield Asker("removed", _ended("office_removed", owner, is_active=False, removed_at=now))
    yield Asker("new password due", _ended("office_forced", owner, must_change_password=True), Role.OWNER, "forced")
    yield Asker("viewer", shown_again(log_in(viewer)), Role.VIEWER)
    yield Asker("member", shown_again(log_in(colleague)), Role.MEMBER)
    yield Asker("owner", shown_again(log_in(owner)), Role.OWNER)
    yield Asker("another company's owner", shown_again(log_in(stranger)), Role.OWNER, "stranger")
    yield Asker("operator", inside(operator_of("admin")), state="operator")


def test_every_page_has_one_entry_in_the_table():
    assert rules.without_rule() == []
    assert rules.named_twice() == []
    assert sorted(set(rules.PAGES) - {route.name for route in routes.every()}) == [], "entries without a page"


def test_every_view_asks_for_the_role_of_the_table():
    wrong = {}
    for route, view in decorated():
        page = page_of(route)
        if page is not None and getattr(view, "guarded_role", "") != page.role:
            wrong[route.name] = f"table {page.role!r}, view {getattr(view, 'guarded_role', '')!r}"
    assert wrong == {}


def _is_of_users(route: routes.Route) -> bool:
    return [name for name, _kind in route.parameters] == ["user_id"]


@pytest.fixture
def quiet() -> Iterator[None]:
    """Each refusal would be a warning."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(900)  # thousands of requests, on a machine that may be busy
@pytest.mark.usefixtures("quiet")
def test_every_role_gets_what_the_table_says_by_every_method(clock, ours, colleague, viewer, stranger):
    clock.set("2026-11-20 10:00")
    functions = Contract.objects.get(pk=ours.contract.pk).functions
    Contract.objects.filter(customer=stranger.customer).update(functions=functions)
    somebody = person("office_somebody", customer=ours.customer, role=Role.VIEWER)
    pages = [(route, page) for route in routes.every() if (page := page_of(route)) is not None]
    paths = opened(shown_again(log_in(ours.user)), [route for route, _page in pages], ours.ids)
    # None of those who ask: who ends his own login is led out.
    paths |= {route.name: route.template.format(user_id=somebody.pk) for route, _page in pages if _is_of_users(route)}
    complaints, asked = [], Counter[str]()
    for asker in _askers(ours.user, colleague, viewer, stranger):
        for route, page in pages:
            for method in METHODS if asker.name in EVERYTHING else MAIN:
                answer = asker.ask(method, paths[route.name])
                wanted = expected(asker, route, page, method)
                asked[wanted] += 1
                if not told(wanted, answer):
                    got = f"{answer.status_code} {answer.get('Location', '')}"
                    complaints.append(f"{asker.name}: {method} {paths[route.name]} ({wanted}): {got}")
    print(f"figure: {sum(asked.values())} requests to {len(pages)} pages: {dict(asked)}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.usefixtures("quiet")
def test_who_changes_the_login_shows_password_and_second_factor_again_first(ours):
    Contract.objects.filter(customer=ours.customer).update(kind=Contract.Kind.MOBILE)
    Customer.objects.filter(pk=ours.customer.pk).update(login_policy=Customer.LoginPolicy.CHOICE)
    client = log_in(ours.user)
    asker, led = Asker("owner", client, Role.OWNER), set()
    for route in routes.every():
        page = page_of(route)
        is_of_logins = route.name.startswith(("accounts:", "contract_data:"))
        if not is_of_logins or page is None or page.rule not in {Rule.OWN, Rule.THEIRS}:
            continue
        (path, *_others) = route.filled({**ours.ids, "int": [ours.user.pk]})
        for method in page.methods.split():
            if asker.ask(method, path).get("Location", "").startswith("/account/security/confirm/?"):
                led.add(route.name)
    assert led == rules.SHOWN_AGAIN
