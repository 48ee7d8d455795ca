"""Every address, asked by everybody who should not get in, with the ids of a customer who is not theirs.

Users who were let in and have lost their rights, or whose login is not complete, are in test_roles.py.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from selfcare.accounts.models import LoginAttempt, User
from tests.hostile import routes, rules
from tests.hostile.rules import Rule, without_rule
from tests.hostile.walk import MAIN, METHODS, Caller, walk
from tests.hostile.world import Holdings, rows_of
from tests.people import PASSWORD, log_in
from tests.selfcare.accounts.parts import shown

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(databases=["default", "owner"]),
    pytest.mark.timeout(900),  # thousands of requests, on a machine that may be busy
]


def guest() -> Caller:
    return Caller("guest", Client(), at_operators=METHODS, further=("GET",))


def half(user: User) -> Caller:
    client = Client()
    answer = client.post("/login/", {"selfcare_id": user.selfcare_id, "password": PASSWORD})
    assert answer["Location"] == "/login/code/"
    # A walk takes longer than a code lives, and is to be a half session's to its end.
    LoginAttempt.objects.filter(user=user).update(code_expires_at=timezone.now() + timedelta(hours=1))
    return Caller("half session", client)


def inside(user: User) -> Caller:
    """Who has just shown all he has once more: no page asks for that instead of answering."""
    name = f"{user.role} of another customer"
    return Caller(name, shown(log_in(user)), is_inside=True, sent_to="", at_operators=MAIN, further=MAIN)


def looking(user: User) -> Caller:
    """As `inside`, of somebody whose role may read only."""
    return replace(inside(user), at_operators=("GET",), further=("GET",))


def operator_without_device(user: User) -> Caller:
    client = Client()
    client.force_login(user)
    return Caller("operator without second factor", client, sent_to="", at_operators=MAIN)


def operator_with_mailed_code(user: User) -> Caller:
    return Caller("operator with a customer's device", log_in(user), sent_to="", at_operators=MAIN)


def found(caller: Caller, theirs: Holdings) -> list[str]:
    if not caller.is_inside:
        # Who is not let in meets no id: two of each kind tell as much as all.
        theirs = replace(theirs, ids={kind: values[:2] for kind, values in theirs.ids.items()})
    print(f"figure: {caller.name}: {len(routes.every())} routes")
    return list(walk(caller, theirs))


def test_every_address_has_a_rule():
    assert without_rule() == []
    assert len(routes.every()) > 100, "the resolver has been read"


def test_the_other_customer_has_something_of_everything(theirs):
    kinds = {row._meta.model_name for row in rows_of(theirs.customer)}
    assert {"order", "line", "assignment", "contract", "user", "letter", "mail", "auditevent", "usersession"} <= kinds
    assert set(theirs.ids["int"]) > {theirs.line.pk, theirs.booked.pk}
    assert {theirs.booked.uuid, theirs.issued.uuid, theirs.draft.uuid} <= set(theirs.ids["uuid"])


def test_a_guest_reaches_nothing(theirs):
    assert found(guest(), theirs) == []


def test_a_half_session_reaches_nothing(ours, theirs):
    caller = half(ours.user)
    assert found(caller, theirs) == []
    assert caller.client.get("/login/code/").status_code == 200, "it was half a session all the time"


def test_a_viewer_reaches_nothing_of_another_customer(ours, theirs, viewer):
    assert found(looking(viewer), theirs) == []


def test_an_owner_reaches_nothing_of_another_customer(ours, theirs):
    caller = inside(ours.user)
    assert found(caller, theirs) == []
    assert caller.client.get(f"/lines/{ours.line.pk}/").status_code == 200, "with ids of his own he gets in"


def test_an_operator_without_the_second_factor_reaches_nothing(theirs, operator):
    assert found(operator_without_device(operator), theirs) == []


def test_a_customers_device_makes_no_operator(theirs, operator):
    assert found(operator_with_mailed_code(operator), theirs) == []


#: The doors of open_urls, the rule they claim to keep, and what the walk has to say.
DOORS = {
    "unguarded": (Rule.THEIRS, "200"),
    "not_through_the_owner": (Rule.THEIRS, "tells"),
    "everybodys": (Rule.OWN, "tells"),
    "led_on": (Rule.THEIRS, "302 /"),
    "written": (Rule.THEIRS, "changes something"),
    "broken": (Rule.OWN, "500"),
}


@pytest.fixture
def doors(settings, monkeypatch):
    settings.ROOT_URLCONF = "tests.hostile.open_urls"
    for name, (rule, _told) in DOORS.items():
        monkeypatch.setitem(rules.RULES, name, rule)


@pytest.mark.parametrize("name", DOORS)
def test_the_walk_sees_a_door_left_open(ours, theirs, doors, name):
    complaints = list(walk(inside(ours.user), theirs, {name}))
    assert complaints
    assert DOORS[name][1] in " ".join(complaints)


def test_the_walk_sees_that_a_page_asks_for_no_login(theirs, doors):
    assert any("tells" in complaint for complaint in walk(guest(), theirs, {"unguarded"}))


def test_an_address_without_a_rule_is_seen(doors):
    assert "unheard_of: /unheard-of/" in without_rule()
