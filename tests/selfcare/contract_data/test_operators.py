"""The operators' pages: review, letters, records by hand, booking and lifting; each for its groups."""

import pytest
from django.urls import reverse

from selfcare.accounts.models import AuditEvent, Customer
from selfcare.contract_data.models import CaseState, Suspension
from selfcare.contract_data.services import suspending
from selfcare.staff.groups import BILLING, PROVISIONING, SUPPORT
from tests.selfcare.contract_data import walking
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def provisioning(db):
    return inside(operator_of(PROVISIONING))


def page(row, name=""):
    noun = row._meta.model_name
    if not name:
        return reverse(f"admin:contract_data_{noun}_change", args=[row.pk])
    return reverse(f"admin:contract_data_{noun}_operate", args=[row.pk, name])


def test_a_case_is_reviewed_and_a_delivery_recorded_by_hand(case, provisioning, operator, owner, clock):
    home = provisioning.get("/admin/").content.decode()
    assert "審査を待つ住所・名義の変更" in home
    shown = provisioning.get(page(case)).content.decode()
    assert case.address in shown
    assert "添付書類（2件）" in shown
    asked = provisioning.post(page(case, "ask"), {"missing": ["contract_data.registry"], "reason": "切れています。"})
    assert asked.status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.WANTED
    walking.send(case.order, "contract_data.registry")
    walking.resubmit(case.order, owner)
    assert provisioning.post(page(case, "accept"), {}).status_code == 302
    walking.post_letter(case, operator)
    assert case.code not in provisioning.get(page(case)).content.decode()
    record = {"kind": "delivered", "slip": "123-45-67890-1", "reason": ""}
    assert provisioning.post(page(case, "record"), record).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.CONFIRMED
    assert Customer.objects.get(pk=owner.customer_id).address == case.address
    event = AuditEvent.objects.filter(action="customer.identity_changed").get()
    assert event.actor_name == "op_provisioning"


def test_support_records_and_lifts_but_neither_reviews_nor_books_and_billing_sees_nothing(case, clock):
    support, billing = inside(operator_of(SUPPORT)), inside(operator_of(BILLING))
    assert support.get(page(case)).status_code == 200
    assert support.get(page(case, "accept")).status_code == 403
    assert support.get(page(case, "book")).status_code == 403
    assert billing.get(page(case)).status_code == 403


def test_a_suspension_is_refused_before_day_30_then_booked_lifted_for_a_while_and_for_good(
    posted, provisioning, contract, clock
):
    wish = {"starts_on": "2027-01-04", "reason": "ご確認がとれないため"}
    early = provisioning.post(page(posted, "book"), wish)
    assert early.status_code == 200
    assert "30日が過ぎる" in early.content.decode()
    walking.walk(clock, 31)
    assert suspending.first_day(clock.set("2026-12-21 10:00")).isoformat() == "2027-01-04"
    assert provisioning.post(page(posted, "book"), {**wish, "starts_on": "2026-12-24"}).status_code == 200
    assert provisioning.post(page(posted, "book"), wish).status_code == 302
    row = Suspension.objects.get(contract=contract)
    until = {"until": "2027-01-08", "reason": "入院中のため"}
    walking.walk(clock, 15)
    assert provisioning.post(page(row, "lift-provisionally"), until).status_code == 302
    row.refresh_from_db()
    assert not row.is_in_force(clock.set("2027-01-12 09:59")), "after the weekend and its holiday"
    assert row.is_in_force(clock.set("2027-01-12 10:00"))
    assert provisioning.post(page(row, "lift"), {"reason": "解決"}).status_code == 302
    row.refresh_from_db()
    assert row.lifted_at
    told = AuditEvent.objects.filter(action="suspension.provisionally_lifted").get()
    assert told.detail["reason"] == "入院中のため"
