"""ログイン方法 of somebody else: an owner changes it where the policy leaves the choice, after showing who he is."""

import pytest
from django.test import Client, RequestFactory

from selfcare.accounts import stepup
from selfcare.accounts.models import AuditEvent, Contract, Customer, Role, User
from tests import builders
from tests.people import log_in, person
from tests.selfcare.accounts.parts import DATABASES, is_inside
from tests.selfcare.accounts.test_company_users import edit, page_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def boss(db) -> User:
    customer = builders.customer(login_policy=Customer.LoginPolicy.CHOICE)
    builders.contract(customer=customer, kind=Contract.Kind.MOBILE, mail="mobile@customer.example")
    return person("mobile_owner", customer=customer, role=Role.OWNER)


@pytest.fixture
def clerk(boss) -> User:
    return person("mobile_member", customer=boss.customer)


def shown(client: Client) -> Client:
    request = RequestFactory().get("/")
    request.session = client.session
    stepup.note_password(request)
    stepup.note_factor(request)
    request.session.save()
    return client


def test_it_is_changed_by_who_has_just_shown_who_he_is(boss, clerk):
    client, there = log_in(boss), log_in(clerk)
    page = client.get(page_of(clerk)).content.decode()
    assert 'name="login_method"' not in page
    assert f"/account/security/confirm/?next=%2Faccount%2Fusers%2F{clerk.pk}%2F" in page
    edit(client, clerk, login_method="password")
    assert User.objects.get(pk=clerk.pk).login_method == "two_step"
    assert 'name="login_method"' in shown(client).get(page_of(clerk)).content.decode()
    assert edit(client, clerk, login_method="password")["Location"] == "/account/"
    assert User.objects.get(pk=clerk.pk).login_method == "password"
    assert not is_inside(there)
    event = AuditEvent.objects.get(action="user.login_method_changed")
    assert (event.actor_id, event.detail) == (boss.pk, {"login_method": ["two_step", "password"]})


def test_two_steps_need_an_address_that_is_known_to_reach_the_user(boss, clerk):
    User.objects.filter(pk=clerk.pk).update(login_method="password")
    Contract.objects.update(mail="")
    User.objects.filter(pk=boss.pk).update(code_email="boss@customer.example")
    answer = edit(shown(log_in(boss)), clerk, login_method="two_step")
    assert "先に認証コード配信先メールアドレスを設定" in answer.context["form"].errors["login_method"][0]
    assert User.objects.get(pk=clerk.pk).login_method == "password"


def test_there_is_nothing_to_choose_with_an_ip_phone_contract(owner, colleague):
    page = shown(log_in(owner)).get(page_of(colleague)).content.decode()
    assert 'name="login_method"' not in page
    assert "/account/security/confirm/" not in page
