"""A 050 number is cancelled by an operator on a written request: input, confirm, order, through the engine."""

from datetime import date

import pytest
from django.urls import reverse

from numbering.admin.numbers import NumberAdmin
from numbering.models import Assignment, Number, NumberState
from numbering.services.imports import import_numbers, preview_import
from selfcare import calendar
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, User
from selfcare.orders import due
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def provisioning(clock):
    return inside(operator_of("provisioning"))


@pytest.fixture
def assignment(clock, contract) -> Assignment:
    import_numbers(preview=preview_import(content=b"05000010001"), actor=None)
    number = Number.objects.get()
    number.free.delete()
    return Assignment.objects.create(
        number=number, digits=number.digits, customer=contract.customer, contract=contract, origin="added",
        state="active", free_since=date(1970, 1, 1), started_on=date(2026, 5, 1),
    )  # fmt: skip


def place(client, assignment, **data):
    address = reverse("admin:orders_order_place", args=["numbering.cancel", assignment.pk])
    return client.post(address, {"ends_on": "2026-11-30", "reference": "解約申込書 2026-118", **data})


def confirm(client, page_address):
    page = client.get(page_address)
    return client.post(page_address, {"shown": page.context["shown"]})


def test_from_the_number_to_the_order_and_to_the_end_of_the_number(clock, provisioning, assignment):
    number = assignment.number
    started = provisioning.post(reverse("admin:numbering_number_operate", args=[number.pk, "cancel"]))
    assert started["Location"] == reverse("admin:orders_order_place", args=["numbering.cancel", assignment.pk])
    placed = place(provisioning, assignment)
    page = provisioning.get(placed["Location"]).content.decode()
    assert "050-0001-0001" in page or "05000010001" in page
    accepted = confirm(provisioning, placed["Location"])
    order = Order.objects.get()
    assert accepted["Location"] == reverse("admin:orders_order_change", args=[order.pk])
    assert order.state == State.ACKNOWLEDGED
    assert order.actor == User.objects.get(selfcare_id="op_provisioning")
    assignment.refresh_from_db()
    assert assignment.ends_on == date(2026, 11, 30)
    clock.set("2026-12-01 00:01")
    due.run_local()
    resting = Number.objects.with_state(calendar.today(time.now())).get()
    assert vars(resting)["state"] == NumberState.QUARANTINE


def test_confirming_twice_is_one_order(provisioning, assignment):
    placed = place(provisioning, assignment)["Location"]
    page = provisioning.get(placed)
    for _ in range(2):
        answer = provisioning.post(placed, {"shown": page.context["shown"]})
        assert answer.status_code == 302
    assert Order.objects.count() == 1


def test_a_day_in_the_past_and_a_missing_paper_are_asked_again(provisioning, assignment):
    for wrong in ({"ends_on": "2026-11-19"}, {"ends_on": "soon"}, {"reference": ""}):
        answer = place(provisioning, assignment, **wrong)
        assert answer.status_code == 200
        assert "errorlist" in answer.content.decode()
    assert not Order.objects.exists()


def test_what_was_not_shown_is_not_accepted(provisioning, assignment):
    placed = place(provisioning, assignment)["Location"]
    assert provisioning.post(placed, {"shown": "forged"}).status_code == 409
    assert Order.objects.get().state == State.DRAFT


def test_a_second_cancellation_of_the_same_number_is_refused(provisioning, assignment):
    confirm(provisioning, place(provisioning, assignment)["Location"])
    second = place(provisioning, assignment)["Location"]
    assert confirm(provisioning, second).status_code == 409
    assert Order.objects.filter(state=State.ACKNOWLEDGED).count() == 1


def test_a_booked_cancellation_can_be_taken_back_for_the_customer(provisioning, assignment):
    confirm(provisioning, place(provisioning, assignment)["Location"])
    order = Order.objects.get()
    provisioning.post(reverse("admin:orders_order_operate", args=[order.pk, "cancel"]))
    assignment.refresh_from_db()
    assert assignment.ends_on is None
    assert AuditEvent.objects.filter(action="order.cancelled", object_id=order.pk).exists()


def test_another_operators_draft_is_not_to_be_found(provisioning, assignment):
    placed = place(provisioning, assignment)["Location"]
    other = inside(operator_of("admin"))
    assert other.get(placed).status_code == 404
    draft = Order.objects.get()
    address = reverse("admin:orders_order_place", args=["numbering.cancel", assignment.pk])
    assert provisioning.get(f"{address}?draft={draft.uuid}").status_code == 200
    assert other.get(f"{address}?draft={draft.uuid}").status_code == 404
    assert other.get(f"{address}?draft=nonsense").status_code == 404


def test_only_what_operators_order_can_be_ordered_here_and_only_by_those_who_may(provisioning, assignment):
    contract = assignment.contract
    assert provisioning.get(reverse("admin:orders_order_place", args=["numbering.add", contract.pk])).status_code == 404
    assert provisioning.get(reverse("admin:orders_order_place", args=["no.such", contract.pk])).status_code == 404
    for group in ("support", "billing"):
        assert place(inside(operator_of(group)), assignment).status_code == 403


def test_limits_are_raised_with_a_reason_and_never_below_what_was_added(provisioning, contract):
    address = reverse("admin:accounts_contract_operate", args=[contract.pk, "limit"])
    assert "errorlist" in provisioning.post(address, {"limit": "80", "reason": ""}).content.decode()
    assert provisioning.post(address, {"limit": "80", "reason": "増設のため"}).status_code == 302
    assert AuditEvent.objects.get(action="allowance.limit_changed").detail["new"] == 80
    assert inside(operator_of("support")).post(address, {"limit": "90", "reason": "x"}).status_code == 403


def test_a_free_number_is_blocked_with_a_reason_and_unblocked(provisioning):
    import_numbers(preview=preview_import(content=b"05000010001"), actor=None)
    number = Number.objects.get()
    blocked = reverse("admin:numbering_number_operate", args=[number.pk, "block"])
    provisioning.post(blocked, {"reason": "試験用"})
    number.refresh_from_db()
    assert number.unusable_reason == "試験用"
    provisioning.post(reverse("admin:numbering_number_operate", args=[number.pk, "unblock"]))
    number.refresh_from_db()
    assert number.unusable_reason == ""
    assert number.free


def test_numbers_are_listed_by_where_they_stand(provisioning, assignment):
    import_numbers(preview=preview_import(content=b"05000010002\n05000010003"), actor=None)
    listed = reverse("admin:numbering_number_changelist")

    def digits(**query: str) -> set[str]:
        rows = provisioning.get(listed, query).context["cl"].result_list
        return {row.digits for row in rows}

    assert digits(state="assigned") == {"05000010001"}
    assert digits(state="stock") == {"05000010002", "05000010003"}
    assert digits(state="quarantine") == digits(state="reserved") == digits(state="unusable") == set()
    assert digits(q="050-0001-0003") == {"05000010003"}
    assert digits(q="0002") == {"05000010002"}
    assert digits(q="no number") == set()
    assert NumberAdmin.search_help_text


def test_the_home_of_the_admin_shows_stock_and_what_waits(provisioning, contract):
    page = provisioning.get("/admin/").content.decode()
    assert "050番号の在庫" in page
    assert "番号を下回っています" in page
    assert "やること" in page
    now = time.now()
    Order.objects.create(
        procedure="lines.suspend",
        customer=builders.customer(),
        state="held",
        created_at=now,
        accepted_at=now,
        due_at=now,
    )
    assert Order.objects.get().request_id in provisioning.get("/admin/").content.decode()
