"""Line status x procedure x open order: what is possible, by the service and by the page; and the database's last word.

The tables below are the specification's (4, Rules across procedures), written down once more by hand.
"""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from lines.models import Line, PortIn
from selfcare import calendar
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import procedures
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.services.drafts import new_draft, refusals
from selfcare.orders.states import State
from tests import builders
from tests.lines.parts import line, service
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: What a line of each status takes.
TAKES = {
    "unopened": {"mnp_in"},
    "active": {"suspend", "voice_options", "plan", "sim_reissue", "mnp_out", "terminate"},
    "suspended": {"resume", "sim_reissue", "terminate"},
    "terminated": set(),
}
#: An open order of one of these excludes the others of its row.
KINDS = {
    "status": {"suspend", "resume"},
    "options": {"voice_options"},
    "plan": {"plan"},
    "sim": {"sim_reissue"},
    "port_in": {"mnp_in"},
    "port_out": {"mnp_out"},
    "end": {"terminate"},
}
#: Which taking back an order that waits makes possible.
UNDONE_BY = {"options": "voice_options_cancel", "plan": "plan_cancel", "end": "terminate_cancel"}
ALL = sorted(set().union(*KINDS.values(), UNDONE_BY.values()))
SITUATIONS = [
    (status, pending)
    for status in TAKES
    for pending in (None, *KINDS)
    if pending is None or (status != "terminated" and KINDS[pending] & TAKES[status])
]


def possible(status: str, pending: str | None) -> set[str]:
    found = TAKES[status] - KINDS.get(pending or "", set())
    return found | ({UNDONE_BY[pending]} if pending in UNDONE_BY else set())


def situated(status: str, pending: str | None) -> Line:
    """A line of that status on which an order of that kind waits for its day."""
    service()
    if status == "unopened":
        made = line(status=status, plan="data_3gb", sim_kind="data", opened_on=None, shipped_on=date(2026, 11, 18))
        PortIn.objects.create(
            line=made, customer=made.customer, number="08000001234", reservation_number="1", expires_on="2026-11-30"
        )
    else:
        made = line(status=status, options={})
    if pending is not None:
        wait(made, pending)
    return made


def wait(made: Line, pending: str) -> Order:
    code = f"lines.{min(KINDS[pending] & TAKES[made.status])}"
    now = time.now()
    order = Order.objects.create(
        procedure=code,
        customer=made.customer,
        contract=made.contract,
        subject_id=made.pk,
        state=State.ACKNOWLEDGED,
        data={"ends_on": "2026-12-20", "plan": "voice_1gb"},
        created_at=now,
        accepted_at=now,
        due_at=calendar.first_of_next_month(now),
        cancel_until=now + timedelta(days=3),
    )
    OrderKey.objects.create(order=order, key=f"lines.{pending}:{made.pk}")
    made.open_changes = [pending]
    if pending == "end":
        made.ends_on = date(2026, 12, 20)
    made.save(update_fields=["open_changes", "ends_on"])
    return order


def draft(made: Line, code: str) -> Order:
    actor = builders.user(customer=made.customer)
    procedure = procedures.get(f"lines.{code}")
    return new_draft(procedure=procedure, subject=made, contract=made.contract, now=time.now(), actor=actor)


def test_the_table_names_every_procedure_of_a_line():
    known = {one.code.removeprefix("lines.") for one in procedures.every() if one.code.startswith("lines.")}
    assert set(ALL) == known


@pytest.mark.parametrize(("status", "pending"), SITUATIONS)
def test_service_and_page_say_what_the_table_says(clock, status, pending):
    made = situated(status, pending)
    by_service = {code for code in ALL if not refusals([draft(made, code)], now=time.now())}
    assert by_service == possible(status, pending)
    owner = builders.user(customer=made.customer, role=Role.OWNER)
    page = log_in(owner).get(f"/lines/{made.pk}/")
    by_page = {code for code in ALL if f'href="/lines/{made.pk}/{code.replace("_", "-")}/"' in page.content.decode()}
    assert by_page == possible(status, pending)


@pytest.mark.parametrize("code", sorted(set().union(*KINDS.values()) - {"mnp_in", "resume"}))
def test_on_its_last_day_nothing_but_the_taking_back_is_possible(clock, code):
    made = situated("active", "end")
    Line.objects.filter(pk=made.pk).update(ends_on="2026-11-20")
    assert refusals([draft(made, code)], now=time.now())
    assert not refusals([draft(made, "terminate_cancel")], now=time.now())


# The database alone, without the application's lock and checks.


def reserved(code: str, made: Line) -> None:
    """What acceptance writes of a change whose check was made long ago."""
    order = draft(made, code)
    order.accepted_at = time.now()
    order.due_at = calendar.first_of_next_month(order.accepted_at)
    order.data = {"plan": "voice_1gb", "ends_on": "2026-12-20"}
    with transaction.atomic():
        procedures.get(f"lines.{code}").reserve([order])


@pytest.mark.parametrize("code", ["suspend", "plan", "terminate"])
def test_the_database_lets_nothing_begin_on_a_terminated_line(clock, code):
    made = situated("active", None)
    Line.objects.filter(pk=made.pk).update(status="terminated")
    with pytest.raises(IntegrityError, match="line_terminated_takes_nothing"):
        reserved(code, made)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_control_without_the_constraint_it_would_begin(clock):
    made = situated("active", None)
    Line.objects.filter(pk=made.pk).update(status="terminated")
    (constraint,) = [one for one in Line._meta.constraints if one.name == "line_terminated_takes_nothing"]
    with connections["owner"].schema_editor() as editor:
        editor.remove_constraint(Line, constraint)
    try:
        reserved("suspend", made)
        made.refresh_from_db()
        assert made.open_changes == ["status"]
    finally:
        Line.objects.update(open_changes=[])
        with connections["owner"].schema_editor() as editor:
            editor.add_constraint(Line, constraint)


def test_the_database_books_no_plan_for_after_the_end(clock):
    made = situated("active", None)
    Line.objects.filter(pk=made.pk).update(ends_on="2026-11-30")
    with pytest.raises(IntegrityError, match="line_plan_changes_before_end"):
        reserved("plan", made)


def test_the_database_lets_one_change_of_a_kind_be_open(clock):
    made = situated("active", "plan")
    second = Order.objects.get(subject_id=made.pk)
    with pytest.raises(IntegrityError, match="order_key_once_open"), transaction.atomic():
        OrderKey.objects.create(order=second, key=f"lines.plan:{made.pk}")
