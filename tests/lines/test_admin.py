"""What operators do with lines: the catalogue, what hangs at a carrier, shippings, numbers that come and leave."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lines.models import CarrierOrder, Line, Plan, PortIn, StockSim
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.orders import due
from selfcare.orders.states import State
from tests import builders
from tests.lines.parts import fresh, line, place, service
from tests.people import log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line()


@pytest.fixture
def provisioning(db):
    return inside(operator_of("provisioning"))


def do(client, row, name: str, **typed):
    noun = f"lines_{row._meta.model_name}"
    return client.post(reverse(f"admin:{noun}_operate", args=[row.pk, name]), typed)


@pytest.fixture
def asked(phone, clock) -> CarrierOrder:
    """A plan that has changed here and that the carrier has refused."""
    order = place(phone, "lines.plan", plan="voice_1gb")
    clock.set("2026-12-01 00:00")
    due.run_local()
    CarrierOrder.objects.filter(order=order).update(stage="held", next_at=None, state="failed", trouble="failed: SIM")
    return CarrierOrder.objects.get(order=order)


def test_what_hangs_is_on_the_operators_home_and_asked_again_under_a_new_key(provisioning, asked):
    assert asked.order.request_id in provisioning.get("/admin/").content.decode()
    assert do(provisioning, asked, "retry").status_code == 302
    again = fresh(asked)
    assert (again.stage, again.trouble) == ("waiting", "")
    assert again.external_id != asked.external_id


def test_what_hangs_is_completed_by_hand_with_a_note_in_the_trail(provisioning, asked):
    do(provisioning, asked, "complete", reason="電話で確認")
    assert (fresh(asked).stage, fresh(asked).state) == ("done", "completed")
    assert AuditEvent.objects.filter(action="carrier_order.completed", detail__note="電話で確認").exists()


def test_an_order_that_waits_for_its_carrier_fails_with_a_reason_that_the_customer_reads(provisioning, phone):
    order = place(phone, "lines.plan", plan="voice_20gb")
    row = CarrierOrder.objects.get(order=order)
    do(provisioning, row, "fail", reason="このSIMでは変更できません")
    due.run_local()
    assert fresh(order).state == State.FAILED
    assert "このSIMでは変更できません" in fresh(order).reason
    assert (fresh(phone).plan, fresh(phone).open_changes) == ("voice_3gb", [])


def test_what_the_carrier_will_not_follow_is_on_the_lines_page_with_its_reason(provisioning, asked, phone):
    customer = log_in(builders.user(customer=phone.customer))
    reason = "設備の都合により反映できません"
    assert reason not in customer.get(f"/lines/{phone.pk}/").content.decode()
    do(provisioning, asked, "fail", reason=reason)
    assert reason in customer.get(f"/lines/{phone.pk}/").content.decode()
    CarrierOrder.objects.update(created_at=time.real_now() - timedelta(days=31))
    assert reason not in customer.get(f"/lines/{phone.pk}/").content.decode()


def test_support_reads_and_does_nothing(asked):
    client = inside(operator_of("support"))
    assert client.get(reverse("admin:lines_carrierorder_change", args=[asked.pk])).status_code == 200
    assert do(client, asked, "retry").status_code == 403


def test_a_plan_that_is_no_longer_offered_is_kept_by_its_lines_and_chosen_by_nobody(provisioning, phone):
    plan = Plan.objects.get(code="voice_1gb")
    form = {
        "service": plan.service_id, "code": plan.code, "name": plan.name, "family": plan.family,
        "sim_kind": plan.sim_kind, "size": plan.size, "flat_rates": plan.flat_rates, "options": plan.options,
    }  # fmt: skip
    response = provisioning.post(reverse("admin:lines_plan_change", args=[plan.pk]), form)
    assert response.status_code == 302
    assert not fresh(plan).offered
    assert AuditEvent.objects.filter(action="plan.changed").exists()


def test_a_flat_rate_is_only_offered_with_its_option(provisioning, phone):
    form = {
        "service": Plan.objects.get(code="voice_1gb").service_id, "code": "new", "name": "新", "family": "voice",
        "sim_kind": "voice", "size": 1, "flat_rates": ["5min"], "options": ["voicemail"],
    }  # fmt: skip
    response = provisioning.post(reverse("admin:lines_plan_add"), form)
    assert response.status_code == 200
    assert not Plan.objects.filter(code="new").exists()


def test_a_number_that_comes_is_entered_for_its_line(provisioning, phone):
    Line.objects.filter(pk=phone.pk).update(status=Line.Status.UNOPENED)
    form = {"line": phone.number, "number": "080-0000-1111", "reservation_number": "99-1", "expires_on": "2026-12-04"}
    assert provisioning.post(reverse("admin:lines_portin_add"), form).status_code == 302
    port_in = PortIn.objects.get()
    assert (port_in.customer_id, port_in.number) == (phone.customer_id, "08000001111")


@pytest.mark.parametrize(
    ("status", "wrong"),
    [("active", {}), ("unopened", {"expires_on": "2026-11-19"}), ("unopened", {"number": "080-0000"})],
    ids=["a line in use", "a day that is over", "no number"],
)
def test_a_number_that_cannot_come_is_not_entered(provisioning, phone, status, wrong):
    Line.objects.filter(pk=phone.pk).update(status=status)
    form = {"line": phone.number, "number": "08000001111", "reservation_number": "99-1", "expires_on": "2026-12-04"}
    assert provisioning.post(reverse("admin:lines_portin_add"), {**form, **wrong}).status_code == 200
    assert not PortIn.objects.exists()


@pytest.mark.parametrize(
    ("serial", "is_good"), [("8981200000005000014", True), ("8981200000005000015", False), ("12", False)]
)
def test_a_sim_of_the_stock_needs_a_number_that_can_be(provisioning, phone, serial, is_good):
    form = {
        "customer": phone.customer.partner_id, "carrier": "softbank", "serial": serial, "sim_size": "multi",
        "added_at_0": "2026-11-20", "added_at_1": "10:00",
    }  # fmt: skip
    provisioning.post(reverse("admin:lines_stocksim_add"), form)
    assert StockSim.objects.exists() == is_good
