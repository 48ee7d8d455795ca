"""Operators change who can log in: registered address, IDs and passwords by post; each by its group, with a reason."""

import pytest
from django.urls import reverse

from selfcare.accounts.models import AuditEvent, Contract
from selfcare.work.models import Letter
from tests.people import log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of
from tests.selfcare.staff.test_operations import do

pytestmark = pytest.mark.django_db(databases=DATABASES)

NEW = "new@customer.example"


@pytest.fixture
def as_group(clock):
    return lambda group: inside(operator_of(group))


def test_provisioning_changes_the_registered_address_with_a_reason(as_group, contract, owner):
    client, portal = as_group("provisioning"), log_in(owner)
    assert "errorlist" in do(client, contract, "mail", mail=NEW, reason="").content.decode()
    assert "errorlist" in do(client, contract, "mail", mail=contract.mail, reason="依頼").content.decode()
    assert portal.get("/").status_code == 200
    assert do(client, contract, "mail", mail=NEW, reason="依頼").status_code == 302
    assert portal.get("/").status_code == 302
    assert Contract.objects.get(pk=contract.pk).mail == NEW
    assert AuditEvent.objects.get(action="contract.mail_changed").detail["reason"] == "依頼"


def test_the_contracts_own_form_leaves_the_address_alone(as_group, contract):
    client = as_group("provisioning")
    address = reverse("admin:accounts_contract_change", args=[contract.pk])
    assert 'name="mail"' not in client.get(address).content.decode()
    fields = {
        "kind": contract.kind, "service": contract.service, "plan": contract.plan, "name": "改名", "mail": NEW,
        "billing_cycle": contract.billing_cycle, "started_on": "2026-04-01", "contact_name": "窓口",
        "contact_phone": contract.contact_phone,
    }  # fmt: skip
    assert client.post(address, fields).status_code == 302
    changed = Contract.objects.get(pk=contract.pk)
    assert (changed.name, changed.mail) == ("改名", contract.mail)
    assert 'name="mail"' in client.get(reverse("admin:accounts_contract_add")).content.decode()


@pytest.mark.parametrize("group", ["support", "billing"])
def test_other_groups_may_not_change_the_address(as_group, contract, group):
    assert do(as_group(group), contract, "mail", mail=NEW, reason="依頼").status_code == 403


@pytest.mark.parametrize(("name", "kind"), [("post-ids", "ids"), ("reissue", "welcome")])
def test_support_posts_letters_to_a_user_with_a_reason(as_group, owner, name, kind):
    client = as_group("support")
    assert "errorlist" in do(client, owner, name, reason="").content.decode()
    assert not Letter.objects.exists()
    assert do(client, owner, name, reason="電話で確認").status_code == 302
    assert Letter.objects.get().kind == kind
    assert AuditEvent.objects.filter(object_type="user", detail__reason="電話で確認").count() == 1


@pytest.mark.parametrize("name", ["post-ids", "reissue"])
def test_billing_posts_none(as_group, owner, name):
    assert do(as_group("billing"), owner, name, reason="電話で確認").status_code == 403
    assert not Letter.objects.exists()


def test_an_operator_has_no_letters_of_his_own(as_group):
    other = operator_of("admin", "op_other")
    assert do(as_group("support"), other, "reissue", reason="x").status_code == 404
