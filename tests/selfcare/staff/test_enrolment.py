"""An operator's papers: one-time password and authenticator key, shown once, replaced, kept unreadable."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from selfcare.accounts.models import User
from selfcare.staff.models import OperatorTotp
from selfcare.staff.services.operators import create_operator, renew_operator
from tests.people import PASSWORD
from tests.selfcare.staff.people import DATABASES, code_for, inside, is_inside, knock, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_a_one_time_password_opens_only_the_page_to_change_it(client):
    made = create_operator(username="op_first", email="a@carrier.example", group="admin", actor=None)
    knock(client, password=made.password, token=code_for(made.totp_secret))
    answer = client.get("/admin/orders/order/")
    assert answer["Location"] == reverse("admin:password_change")
    new = "purple-monkey-dishwasher"
    client.post("/admin/password_change/", {"current": made.password, "new": new, "again": new})
    assert client.get("/admin/orders/order/").status_code == 200


def test_a_weak_or_repeated_password_is_refused(client, enrolment):
    client = inside(enrolment.user)
    for current, new, again in (
        (PASSWORD, "short", "short"),
        (PASSWORD, "password1234567", "password1234567x"),
        ("wrong", "purple-monkey-dishwasher", "purple-monkey-dishwasher"),
    ):
        answer = client.post("/admin/password_change/", {"current": current, "new": new, "again": again})
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()


def test_renewing_voids_password_key_and_sessions(enrolment):
    client = inside(enrolment.user)
    renewed = renew_operator(user=enrolment.user, actor=None)
    assert not is_inside(client)
    old = Client()
    knock(old, token=code_for(enrolment.totp_secret))
    assert not is_inside(old)
    new = Client()
    knock(new, password=renewed.password, token=code_for(renewed.totp_secret))
    assert new.get("/admin/")["Location"] == reverse("admin:password_change")


def test_the_key_is_not_readable_in_the_database(enrolment):
    row = OperatorTotp.objects.get(user=enrolment.user)
    key = base64.b32decode(enrolment.totp_secret)
    assert key not in bytes(row.sealed)
    assert key.hex().encode() not in bytes(row.sealed)


def test_one_authenticator_per_operator(enrolment):
    second = OperatorTotp(user=enrolment.user, name="second")
    second.seal_key(b"s" * 20)
    with pytest.raises(IntegrityError, match="operator_totp_once_per_user"), transaction.atomic():
        second.save()


def test_the_command_makes_the_first_operator_and_prints_the_enrolment():
    out = StringIO()
    call_command("create_operator", username="op_command", email="c@carrier.example", stdout=out)
    printed = out.getvalue()
    user = User.objects.get(selfcare_id="op_command")
    assert [group.name for group in user.groups.all()] == ["admin"]
    assert "otpauth://totp/Selfcare%3Aop_command?secret=" in printed
    assert user.must_change_password
    with pytest.raises(CommandError):
        call_command("create_operator", username="op_command", stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("create_operator", username="no", stdout=StringIO())


def test_groups_exist_with_their_permissions_after_migrating():
    support, provisioning = operator_of("support"), operator_of("provisioning")
    assert support.has_perm("staff.lock_users")
    assert not support.has_perm("staff.operate_orders")
    assert provisioning.has_perm("staff.operate_orders")
    assert not provisioning.has_perm("staff.add_operator")
    assert operator_of("admin").has_perm("staff.add_operator")
    assert not operator_of("billing").has_perm("staff.lock_users")
