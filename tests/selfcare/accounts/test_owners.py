"""Somebody always runs a company's access: the last owner stays, whoever asks and however it is asked."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from selfcare.accounts.models import AuditEvent, Role, User
from selfcare.accounts.services import company_users, owners
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES, is_inside
from tests.selfcare.accounts.test_company_users import edit, errors_of, page_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

LAST = "管理者が1人もいなくなる"


@pytest.fixture
def second(contract):
    return person("second_owner", customer=contract.customer, role=Role.OWNER, name="管理 二子")


def usable_owners(user: User) -> int:
    return User.objects.of_customer(user).filter(role=Role.OWNER, suspended_at=None).count()


@pytest.mark.parametrize("deed", ["suspend", "remove"])
def test_the_last_owner_is_neither_suspended_nor_removed(owner, colleague, deed):
    client = log_in(owner)
    answer = client.post(page_of(owner, deed))
    assert answer.status_code == 409
    assert LAST in answer.content.decode()
    assert is_inside(client)
    assert usable_owners(owner) == 1
    assert not AuditEvent.objects.filter(action__in=["user.suspended", "user.removed"]).exists()


def test_the_last_owner_is_not_demoted_even_if_he_is_sure(owner, second):
    User.objects.filter(pk=second.pk).update(suspended_at=timezone.now())
    answer = edit(log_in(owner), owner, role="viewer", sure="on")
    assert LAST in errors_of(answer)["role"][0]
    assert usable_owners(owner) == 1


def test_ones_own_demotion_is_asked_about_and_then_done(owner, second):
    client = log_in(owner)
    answer = edit(client, owner, role="member")
    assert "元に戻すにはほかの管理者の操作が必要" in errors_of(answer)["sure"][0]
    assert usable_owners(owner) == 2
    assert edit(client, owner, role="member", sure="on")["Location"] == "/account/profile/"
    assert client.get("/account/")["Location"] == "/account/profile/"


@pytest.mark.parametrize(
    ("deed", "words"), [("suspend", "ご自身では再開できません"), ("remove", "二度とログインできません")]
)
def test_who_ends_his_own_rights_is_warned_and_out(owner, second, deed, words):
    client = log_in(owner)
    assert words in client.get(page_of(owner, deed)).content.decode()
    assert client.post(page_of(owner, deed))["Location"] == "/login/?ended=rights"
    assert not is_inside(client)
    assert usable_owners(second) == 1


def test_an_owner_who_is_none_any_more_changes_nothing(owner, second, colleague):
    """As when both pressed at once: his page was opened while he still was one."""
    User.objects.filter(pk=owner.pk).update(role=Role.VIEWER)
    for service in (company_users.suspend, company_users.remove):
        with pytest.raises(PermissionDenied):
            service(user=colleague, actor=owner)
    with pytest.raises(PermissionDenied):
        company_users.remove(user=second, actor=owner)
    assert User.objects.get(pk=colleague.pk).removed_at is None


def test_an_owner_of_another_company_changes_nothing(stranger, colleague):
    with pytest.raises(PermissionDenied):
        company_users.suspend(user=colleague, actor=stranger)


CHANGES: list[dict[str, Any]] = [
    {"role": Role.MEMBER},
    {"suspended_at": timezone.now()},
    {"removed_at": timezone.now(), "is_active": False},
]


@pytest.mark.parametrize("change", CHANGES, ids=["demoted", "suspended", "removed"])
def test_the_database_keeps_the_last_owner_without_the_applications_help(owner, change):
    """That it is the trigger is shown in tests/faults/test_owner_races.py."""
    rows = User.objects.filter(pk=owner.pk)
    with pytest.raises(IntegrityError, match="the last owner of customer"), transaction.atomic():
        rows.update(**change)
    assert usable_owners(owner) == 1


def test_what_the_database_refuses_is_said_in_words(owner, second):
    with pytest.raises(ValidationError, match=LAST), owners.changing(user=owner, actor=owner):
        # The service has looked; now the other one goes.
        User.objects.filter(pk=second.pk).update(role=Role.VIEWER)
        User.objects.filter(pk=owner.pk).update(role=Role.VIEWER)
    assert usable_owners(owner) == 2


def test_an_operator_gives_a_company_its_owner_back(owner, colleague, operator):
    User.objects.filter(pk=colleague.pk).update(suspended_at=timezone.now())
    owners.make_owner(user=colleague, reason="管理者が退職し、書面で確認した", actor=operator)
    assert (colleague.role, colleague.suspended_at) == (Role.OWNER, None)
    event = AuditEvent.objects.get(action="user.role_changed")
    assert (event.actor_id, event.detail["role"]) == (operator.pk, ["member", "owner"])
    assert event.detail["reason"] == "管理者が退職し、書面で確認した"
    with pytest.raises(ValidationError, match="すでに管理者"):
        owners.make_owner(user=colleague, reason="もう一度", actor=operator)
    User.objects.filter(pk=colleague.pk).update(role=Role.VIEWER, is_active=False, removed_at=timezone.now())
    with pytest.raises(ValidationError, match="削除されています"):
        owners.make_owner(user=colleague, reason="削除済み", actor=operator)
