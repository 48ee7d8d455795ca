"""What operators see of a company's users, and giving a company its owner back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from selfcare.accounts.models import AuditEvent, Customer, Role, User
from selfcare.accounts.services import invitations
from tests.selfcare.staff.people import DATABASES, inside, operator_of
from tests.selfcare.staff.test_operations import do

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def as_group(clock):
    return lambda group: inside(operator_of(group))


def test_suspended_and_removed_users_and_invitations_are_shown(as_group, owner, colleague, viewer):
    now = timezone.now()
    User.objects.filter(pk=colleague.pk).update(suspended_at=now)
    User.objects.filter(pk=viewer.pk).update(is_active=False, removed_at=now)
    invitations.invite(email="new@customer.example", name="新人 六郎", role=Role.MEMBER, actor=owner)
    client, users = as_group("support"), reverse("admin:accounts_user_changelist")
    page = client.get(users).content.decode()
    assert "利用停止中" in page
    assert "削除済み" in page
    for use, found in (("in_use", owner), ("suspended", colleague), ("removed", viewer)):
        page = client.get(users, {"use": use}).content.decode()
        assert {one.selfcare_id for one in (owner, colleague, viewer) if one.selfcare_id in page} == {found.selfcare_id}
    customer = client.get(reverse("admin:accounts_customer_change", args=[owner.customer_id])).content.decode()
    assert "new@customer.example" in customer
    assert "新人 六郎" in customer


def test_provisioning_makes_an_owner_with_a_reason_and_others_do_not(as_group, owner, colleague):
    client = as_group("provisioning")
    assert "errorlist" in do(client, colleague, "make-owner", reason="").content.decode()
    assert do(client, colleague, "make-owner", reason="管理者が退職、書面で確認").status_code == 302
    assert User.objects.get(pk=colleague.pk).role == Role.OWNER
    assert AuditEvent.objects.get(action="user.role_changed").detail["reason"] == "管理者が退職、書面で確認"
    assert do(as_group("support"), owner, "make-owner", reason="依頼").status_code == 403


def test_a_personal_contract_gets_no_second_user(as_group, contract, owner):
    Customer.objects.filter(pk=contract.customer_id).update(kind=Customer.Kind.PERSONAL)
    client = as_group("support")
    page = do(client, contract, "user", selfcare_id="second_user").content.decode()
    assert "個人のご契約には、すでにユーザーがいます。" in page
    assert not User.objects.filter(selfcare_id="second_user").exists()
