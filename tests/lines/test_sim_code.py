"""An eSIM's code: sealed, shown on its own page to members, written down at each look, and nowhere else."""

import io
import logging

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from lines import jobs
from lines.carriers.port import CarrierAnswer
from lines.carriers.port import State as CarrierState
from lines.models import SimReissue
from lines.procedures.sim_reissue import HANDED, READY, SimReissueOrder
from lines.services import sim_reissues
from selfcare.accounts.models import AuditEvent, Role
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, Wait
from selfcare.orders.services import operating
from selfcare.orders.states import State
from selfcare.work import outbox
from selfcare.work.models import Job, Mail
from tests import builders
from tests.lines.parts import fresh, line, place, service
from tests.lines.sim_parts import CODE, ESIM, reissue_of, until
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
TEXT = "LPA:1$smdp.carrier.example$PLANTED0CODE"


@pytest.fixture
def phone(clock):
    service()
    return line()


@pytest.fixture
def member(phone):
    return person("esim_member", customer=phone.customer, role=Role.MEMBER)


@pytest.fixture
def order(phone, member) -> Order:
    return place(phone, CODE, actor=member, **ESIM)


def page(order: Order) -> str:
    return reverse("lines:esim-code", args=[order.uuid])


def said(order: Order, state: CarrierState, **facts: str) -> CarrierAnswer:
    return CarrierAnswer(external_id=f"{order.uuid}-sim", carrier_order_id="1", state=state, facts=facts)


def step(order: Order, answer: CarrierAnswer):
    """What the procedure makes of an answer."""
    return SimReissueOrder()._outcome(order, answer)


def ready(order: Order) -> Order:
    """The carrier tells the code while it waits for the customer to read it in."""
    outcome = step(order, said(order, CarrierState.IN_PROGRESS, activationCode=TEXT))
    assert isinstance(outcome, Wait)
    assert outcome.phase == READY
    Order.objects.filter(pk=order.pk).update(state=State.IN_PROGRESS, phase=READY, next_at=outcome.next_at)
    return fresh(order)


def test_the_simulated_carrier_hands_the_code_over_and_it_is_shown(carrier, phone, member, order):
    done = until(order, lambda order: order.is_terminal)
    reissue = reissue_of(order)
    assert (done.state, fresh(phone).sim_size, fresh(phone).sim_serial) == (
        State.COMPLETED,
        "esim",
        done.result["serial"],
    )
    # Told while the carrier waited, or when it was done already: then the customer still has to read it in.
    assert reissue.state in ("done", "ready")
    assert reissue.done_at is not None
    answer = log_in(member).get(page(order))
    assert "LPA:1$" in answer.content.decode()
    assert answer.context["picture"].startswith("<svg ")
    assert answer.context["picture"] in answer.content.decode()
    # Two mails: accepted, and the one that says where the code is.
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_accepted", "sim_esim_ready"}


def test_the_page_is_kept_by_nobody_and_each_look_is_written_down(order, member, phone):
    ready(order)
    browser = log_in(member)
    for looks in (1, 2):
        answer = browser.get(page(order))
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]
        assert AuditEvent.objects.filter(action="sim.code_shown", actor=member).count() == looks
    event = AuditEvent.objects.filter(action="sim.code_shown").latest("pk")
    assert (event.customer_id, event.object_id) == (phone.customer_id, str(reissue_of(order).pk))


def test_nobody_else_sees_it(order, phone, stranger):
    ready(order)
    type(stranger.customer.contracts.get()).objects.filter(customer=stranger.customer).update(
        functions=[CODE, "lines.status"]
    )
    assert log_in(stranger).get(page(order)).status_code == 404
    viewer = person("esim_viewer", customer=phone.customer, role=Role.VIEWER)
    answer = log_in(viewer).get(page(order))
    assert (answer.status_code, TEXT in answer.content.decode()) == (403, False)
    assert log_in(viewer).head(page(order)).status_code in (403, 405)
    assert Client().get(page(order)).status_code == 302
    assert not AuditEvent.objects.filter(action="sim.code_shown").exists()


def test_an_order_without_an_esim_has_no_such_page(phone, member):
    order = place(phone, CODE, actor=member, method="black", size="nano", ship_on="2026-11-25", ship_to={})
    assert log_in(member).get(page(order)).status_code == 404


def stands(phone, user) -> tuple[str, str]:
    standing = sim_reissues.standing(phone, user)
    assert standing is not None
    return standing.reissue.state, standing.code_url


def test_the_lines_page_leads_members_there_and_tells_viewers_the_state(order, phone, member):
    assert stands(phone, member) == ("waiting", "")
    ready(order)
    assert stands(phone, member) == ("ready", page(order))
    viewer = person("esim_viewer", customer=phone.customer, role=Role.VIEWER)
    assert stands(phone, viewer) == ("ready", "")


def test_a_day_after_the_switch_the_code_is_gone(order, member, phone, clock):
    order = ready(order)
    outcome = step(order, said(order, CarrierState.COMPLETED, activationCode=TEXT, simSerial="8981100000000000010"))
    assert isinstance(outcome, Done)
    assert outcome.then is not None
    outcome.then()
    reissue = reissue_of(order)
    assert (reissue.state, fresh(phone).sim_serial) == ("done", "8981100000000000010")
    # A reading that broke off can be repeated.
    clock.set("2026-11-21 09:59:59")
    assert TEXT in log_in(member).get(page(order)).content.decode()
    clock.set("2026-11-21 10:00")
    answer = log_in(member).get(page(order))
    assert (answer.status_code, "表示できません" in answer.content.decode()) == (200, True)
    assert AuditEvent.objects.filter(action="sim.code_shown").count() == 1
    assert jobs.erase_codes(Job()) == {"erased": 1}
    assert reissue_of(order).sealed_code is None


@pytest.mark.parametrize("phase", [READY, HANDED])
def test_after_thirty_days_it_is_not_shown_and_then_erased(order, member, clock, phase):
    ready(order)
    if phase == HANDED:
        sim_reissues.finish(order=order, serial="8981100000000000010", unread=True)
    clock.set("2026-12-20 09:59:59")
    assert TEXT in log_in(member).get(page(order)).content.decode()
    clock.set("2026-12-20 10:00")
    assert TEXT not in log_in(member).get(page(order)).content.decode()
    assert jobs.erase_codes(Job()) == {"erased": 1}
    reissue = reissue_of(order)
    assert (reissue.sealed_code, reissue.state) == (None, "done" if phase == HANDED else "ready")


def test_a_carrier_that_is_done_when_it_tells_the_code_leaves_the_reading_to_the_customer(order, phone, member):
    told = said(order, CarrierState.COMPLETED, activationCode=TEXT, simSerial="8981100000000000010")
    outcome = step(order, told)
    assert isinstance(outcome, Wait)
    assert outcome.phase == HANDED
    order.phase = HANDED
    done = step(order, told)
    assert isinstance(done, Done)
    assert done.then is not None
    done.then()
    assert stands(phone, member) == ("ready", page(order))
    assert fresh(phone).sim_size == "esim"
    # It has been told; the other mail would say the same again.
    assert "completed" not in SimReissueOrder().mails(order)


def test_what_fails_takes_the_code_with_it(order):
    operating.refuse(order=ready(order), reason="お客様のご希望", actor=builders.operator())
    assert (reissue_of(order).sealed_code, reissue_of(order).state) == (None, "cancelled")
    # Late news of an order that has ended changes nothing.
    sim_reissues.make_ready(order=order, code=TEXT)
    assert reissue_of(order).sealed_code is None


def test_told_ten_times_there_is_one_mail(order):
    order = ready(order)
    for _ in range(9):
        assert step(order, said(order, CarrierState.IN_PROGRESS, activationCode=TEXT)).phase == READY
    per_address = Mail.objects.filter(template="sim_esim_ready").values_list("to", flat=True)
    assert len(per_address) == len(set(per_address)) > 0


def test_a_serial_that_is_none_is_for_a_person_to_look_at(order):
    with pytest.raises(RuntimeError, match="person"):
        step(order, said(order, CarrierState.COMPLETED, simSerial="9" * 21))


def everything() -> str:
    """Every row of every table as text, what is sealed as its hex."""
    found = []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_code_is_in_no_table_mail_log_or_page_but_its_own(carrier, phone, member, order, mailoutbox):
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        done = until(order, lambda order: order.is_terminal)
        browser = log_in(member)
        code = browser.get(page(order)).context["code"].text
        assert code.startswith("LPA:1$")
        secret = code.rsplit("$", 1)[1]
        while outbox.deliver_default():
            pass
    finally:
        logging.getLogger().setLevel(level)
        logging.getLogger().removeHandler(handler)
    kept = everything()
    assert reissue_of(order).sealed_code is not None
    # The search finds what is there.
    assert phone.number in kept
    assert done.result["serial"] in kept
    for word in (secret, secret.encode().hex()):
        assert word not in kept
        assert word not in heard.getvalue()
    pages = [done.get_absolute_url(), f"/lines/{phone.pk}/", "/orders/", "/", f"/lines/?q={secret}"]
    texts = [browser.get(address).content.decode() for address in pages[:-1]]
    texts += [mail.subject + mail.body + str(mail.alternatives) for mail in mailoutbox]
    assert mailoutbox
    assert not [text for text in texts if secret in text]
    assert SimReissue.objects.filter(new_serial=fresh(phone).sim_serial).count() == 1
