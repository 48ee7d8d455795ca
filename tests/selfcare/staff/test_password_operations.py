"""Operators and SIP passwords in the admin: reflecting now, taking back, going back; by whom, and what is shown."""

import pytest
from django.contrib import admin
from django.urls import reverse

from numbering.models import Credential
from numbering.services import registrations
from selfcare.accounts.models import AuditEvent
from selfcare.orders import due
from selfcare.orders.models import Order, OrderSecret
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.numbering.conftest import contract, tariff  # noqa: F401 - fixtures
from tests.numbering.passwords import OLD, change, live_password, number_of
from tests.people import log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def number(clock, contract):  # noqa: F811
    clock.set("2026-11-20 14:00")
    return number_of(contract, "b2bua")


@pytest.fixture
def order(number, owner):
    return change(log_in(owner), number, "Neu1pass")


@pytest.fixture
def reflected(clock, order):
    clock.set("2026-11-20 18:00")
    due.run_local()
    order.refresh_from_db()
    return order


@pytest.fixture
def provisioning(clock):
    return inside(operator_of("provisioning"))


def operation(row, name):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_operate", args=[row.pk, name])


def page_of(client, row):
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return client.get(address).content.decode()


def restore(client, started, reason="設定の誤りのため"):
    form = client.post(started)["Location"]
    confirm = client.post(form, {"reason": reason})["Location"]
    return client.post(confirm, {"shown": client.get(confirm).context["shown"]})


def test_a_change_is_reflected_now_with_a_reason(provisioning, number, order, owner):
    assert "/do/force/" in page_of(provisioning, order)
    assert "errorlist" in provisioning.post(operation(order, "force"), {"reason": ""}).content.decode()
    assert not live_password(number, "Neu1pass")
    assert provisioning.post(operation(order, "force"), {"reason": "お急ぎのため"}).status_code == 302
    assert live_password(number, "Neu1pass")
    assert AuditEvent.objects.get(action="order.completed").actor_name == "op_provisioning"
    assert "お急ぎのため" in log_in(owner).get(order.get_absolute_url()).content.decode()
    assert "/do/force/" not in page_of(provisioning, order)


def test_a_change_is_taken_back_with_a_reason_in_its_last_minute(clock, provisioning, number, order, owner):
    clock.set("2026-11-20 17:29:30")
    assert provisioning.post(operation(order, "withdraw"), {"reason": "設備点検のため"}).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.reason) == (State.CANCELLED, "設備点検のため")
    assert live_password(number, OLD)
    assert "設備点検のため" in log_in(owner).get(order.get_absolute_url()).content.decode()


def test_from_the_slot_on_both_are_too_late(clock, provisioning, number, order):
    clock.set("2026-11-20 17:30")
    for name in ("force", "withdraw"):
        provisioning.post(operation(order, name), {"reason": "x"})
    order.refresh_from_db()
    assert order.state == State.ACKNOWLEDGED
    assert live_password(number, "Neu1pass")


@pytest.mark.parametrize("place", ["order", "number"])
def test_one_goes_back_from_the_orders_page_and_from_the_numbers(provisioning, number, reflected, owner, place):
    row = reflected if place == "order" else number.number
    assert "/do/restore/" in page_of(provisioning, row)
    done = restore(provisioning, operation(row, "restore"))
    made = Order.objects.get(procedure="numbering.sip_password_restore")
    assert done["Location"] == reverse("admin:orders_order_change", args=[made.pk])
    assert made.state == State.COMPLETED
    assert live_password(number, OLD)
    page = log_in(owner)
    assert made.request_id in page.get(reverse("orders:history")).content.decode()
    assert "設定の誤りのため" in page.get(made.get_absolute_url()).content.decode()
    assert "/do/restore/" not in page_of(provisioning, reflected)
    assert "/do/restore/" in page_of(provisioning, made)


def test_what_has_been_erased_is_not_offered_and_the_page_says_why(clock, provisioning, number, reflected):
    registrations.drop_due()
    clock.set("2026-12-25 10:00")
    registrations.erase_ended()
    assert "/do/restore/" not in page_of(provisioning, reflected)
    shown = page_of(provisioning, number.number)
    assert "/do/restore/" not in shown
    assert "30日を過ぎたため消去" in shown
    answer = provisioning.get(
        reverse("admin:orders_order_place", args=["numbering.sip_password_restore", number.pk]), follow=True
    )
    posted = provisioning.post(answer.request["PATH_INFO"], {"reason": "x"})
    assert "30日を過ぎたため消去" in posted.content.decode()


def test_while_a_change_waits_there_is_no_going_back(provisioning, number, order):
    shown = page_of(provisioning, number.number)
    assert "/do/restore/" not in shown
    assert "反映待ちの変更があります" in shown


@pytest.mark.parametrize("group", ["support", "billing"])
def test_other_groups_see_the_order_and_may_do_nothing(clock, order, number, group):
    client = inside(operator_of(group))
    shown = page_of(client, order)
    assert "/do/" not in shown
    for name in ("force", "withdraw", "restore"):
        assert client.post(operation(order, name), {"reason": "x"}).status_code == 403
    assert client.post(operation(number.number, "restore")).status_code == 403
    place = reverse("admin:orders_order_place", args=["numbering.sip_password_restore", number.pk])
    assert client.post(place, {"reason": "x"}).status_code == 403
    order.refresh_from_db()
    assert order.state == State.ACKNOWLEDGED


def test_customers_get_nothing_of_it(number, reflected, owner, provisioning):
    page = log_in(owner)
    for address in (
        operation(reflected, "restore"),
        reverse("admin:orders_order_place", args=["numbering.sip_password_restore", number.pk]),
    ):
        assert page.post(address, {"reason": "x"}).status_code in (302, 403, 404)
    assert live_password(number, "Neu1pass")
    restore(provisioning, operation(number.number, "restore"))
    made = Order.objects.get(procedure="numbering.sip_password_restore")
    assert page.get(reverse("orders:cancel", args=[made.uuid])).status_code != 200
    assert page.post(reverse("orders:cancel", args=[made.uuid])).status_code in (302, 404, 409)
    assert live_password(number, OLD)


def test_the_orders_page_has_the_moments_and_never_the_digests(clock, provisioning, number, order):
    shown = page_of(provisioning, order)
    assert "2026/11/20(金) 14:00:00" in shown
    assert "2026/11/20(金) 17:30:00" in shown
    pages = [shown, page_of(provisioning, number.number)]
    pages.append(provisioning.get(reverse("admin:orders_order_changelist")).content.decode())
    for credential in Credential.objects.all():
        for digest in (credential.ha1, credential.ha1b, credential.ha1_sha256):
            assert not any(digest in page for page in pages)
    cancel(order=order, actor=operator_of("admin"))
    assert "ありません" in page_of(provisioning, order)


def test_credentials_and_sealed_passwords_have_no_page():
    assert not admin.site.is_registered(Credential)
    assert not admin.site.is_registered(OrderSecret)
