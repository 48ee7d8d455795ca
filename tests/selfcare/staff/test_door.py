"""The operators' door: password and authenticator, nothing before both, no other way in."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import get_resolver, reverse

from selfcare import clock
from selfcare.accounts.models import AuditEvent, User
from selfcare.staff.models import OperatorTotp
from selfcare.staff.services.operators import create_operator
from tests.people import PASSWORD, log_in
from tests.selfcare.staff.people import DATABASES, code_for, inside, is_inside, knock

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_password_and_code_together_open_the_door(client, enrolment):
    answer = knock(client, token=code_for(enrolment.totp_secret))
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/"
    assert is_inside(client)


def test_full_width_digits_and_a_space_are_understood(client, enrolment):
    code = code_for(enrolment.totp_secret)
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    knock(client, token=f"{wide[:3]} {wide[3:]}")
    assert is_inside(client)


@pytest.mark.parametrize(
    "wrong",
    [{"password": "wrong-horse-battery"}, {"token": ""}, {"token": "abcdef"}, {"username": "op_nobody"}, {}],
    ids=["password", "no code", "letters", "unknown", "wrong code"],
)
def test_every_failure_reads_the_same(client, enrolment, wrong):
    answer = knock(client, **{"token": "000000", **wrong})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert ("ログインできません。" in page) == bool(wrong.get("token", "x"))
    assert not is_inside(client)


def test_a_code_works_once(client, enrolment):
    code = code_for(enrolment.totp_secret)
    knock(client, token=code)
    second = Client()
    knock(second, token=code)
    assert not is_inside(second)


def test_codes_of_the_neighbouring_steps_pass_and_no_others(enrolment):
    for steps, passes in ((-2, False), (2, False), (-1, True), (1, True)):
        client = Client()
        with time_machine.travel(clock.real_now(), tick=False):
            knock(client, token=code_for(enrolment.totp_secret, steps=steps))
        assert is_inside(client) == passes, steps


def test_ten_wrong_codes_from_one_address_refuse_the_eleventh_even_if_right(client, enrolment):
    for _ in range(10):
        knock(client, token="000000")
    knock(client, token=code_for(enrolment.totp_secret))
    assert not is_inside(client)
    elsewhere = Client(REMOTE_ADDR="192.0.2.99")
    knock(elsewhere, token=code_for(enrolment.totp_secret))
    assert is_inside(elsewhere)


def test_a_session_without_the_second_factor_gets_nothing(enrolment):
    client = Client()
    client.force_login(enrolment.user)
    for path in ("/admin/", "/admin/orders/order/", "/admin/jsi18n/", "/admin/password_change/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/admin/login/")


def test_another_device_of_the_operator_is_no_second_factor(enrolment):
    assert not is_inside(log_in(enrolment.user))


def test_a_customers_user_cannot_enter(client, owner):
    assert not is_inside(log_in(owner))
    knock(client, username=owner.selfcare_id)
    assert not is_inside(client)


def test_an_authenticator_does_not_make_a_customers_user_an_operator(owner):
    device = OperatorTotp(user=owner, name="totp")
    device.seal_key(b"k" * 20)
    device.save()
    assert not is_inside(inside(owner))


def test_every_address_of_the_admin_leads_a_guest_to_its_login(client):
    names = [
        key
        for key in get_resolver("selfcare.urls").namespace_dict["admin"][1].reverse_dict
        if isinstance(key, str) and key not in ("login", "logout")
    ]
    assert len(names) > 20
    for name in names:
        arguments: list = []
        for pattern in ([], ["1"], ["1", "retry"], [1, 1], ["numbering.cancel", 1], ["accounts"], [uuid.UUID(int=1)]):
            try:
                path = reverse(f"admin:{name}", args=pattern)
            except Exception:
                continue
            arguments.append(path)
        assert arguments, name
        for path in arguments:
            answer = client.get(path)
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/admin/login/"), path


def test_a_locked_operator_is_out_at_once(enrolment):
    client = inside(enrolment.user)
    assert is_inside(client)
    User.objects.filter(pk=enrolment.user.pk).update(is_active=False)
    assert not is_inside(client)


def test_login_and_failures_are_in_the_audit_trail(client, enrolment):
    knock(client, token="000000")
    knock(client, token=code_for(enrolment.totp_secret))
    events = AuditEvent.objects.filter(object_type="user", object_id=enrolment.user.pk).order_by("id")
    assert [event.action for event in events] == ["operator.created", "login.failed", "login.succeeded"]


#: Takes the protection away from outside: a used step is forgotten again.
FORGETTING = """
CREATE FUNCTION forget_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.last_step := OLD.last_step; RETURN NEW; END $$;
CREATE TRIGGER forget_step BEFORE UPDATE ON staff_operatortotp FOR EACH ROW EXECUTE FUNCTION forget_step()
"""


def enter_at_once(name: str) -> int:
    """How many of twenty browsers get in with one and the same code."""
    made = create_operator(username=name, email="r@carrier.example", group="support", password=PASSWORD, actor=None)
    code = code_for(made.totp_secret)

    def one(number: int) -> bool:
        try:
            client = Client(REMOTE_ADDR=f"192.0.2.{number}")
            knock(client, username=name, token=code)
            return is_inside(client)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(one, range(1, 21)))


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_one_code_sent_by_twenty_browsers_at_once_opens_the_door_once():
    assert enter_at_once("op_race_1") == 1
    with connections["owner"].cursor() as cursor:
        cursor.execute(FORGETTING)
    try:
        assert enter_at_once("op_race_2") > 1, "the test would not see a code that works twice"
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP FUNCTION forget_step CASCADE")
