"""What Prometheus reads: the same from any process, because it comes from the database."""

from datetime import timedelta

import pytest

from selfcare import clock as time
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.work.heartbeat import beat
from selfcare.work.models import Job, Mail
from tests import builders

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def scrape(client):
    def scrape() -> dict[str, float]:
        page = client.get("/metrics", headers={"Authorization": "Bearer metrics-token-of-the-tests"}).content.decode()
        lines = [line for line in page.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    return scrape


def place(procedure: str, state: State, *, due: timedelta, **fields) -> None:
    now = time.now()
    contract = builders.contract()
    Order.objects.create(
        procedure=procedure, customer=contract.customer, contract=contract, state=state, created_at=now,
        accepted_at=now, due_at=now + due, **fields,
    )  # fmt: skip


def test_lateness_is_the_age_of_the_oldest_due_order_of_each_kind(clock, scrape):
    assert scrape()['selfcare_due_lateness_seconds{effects="local"}'] == 0
    place("numbering.add", State.ACKNOWLEDGED, due=timedelta(minutes=-5))
    place("numbering.add", State.ACKNOWLEDGED, due=timedelta(minutes=-2))
    place("numbering.add", State.ACKNOWLEDGED, due=timedelta(hours=1))
    place("lines.suspend", State.IN_PROGRESS, due=timedelta(hours=-9), next_at=time.now() - timedelta(minutes=1))
    place("lines.suspend", State.HELD, due=timedelta(hours=-9))
    figures = scrape()
    assert figures['selfcare_due_lateness_seconds{effects="local"}'] == 300
    assert figures['selfcare_due_lateness_seconds{effects="outside"}'] == 60
    assert figures['selfcare_orders_open{state="acknowledged"}'] == 3
    assert figures['selfcare_held{kind="orders"}'] == 1


def test_queues_letters_and_processes_are_counted(clock, scrape):
    real = time.real_now()
    for lane, age in (("login", 5), ("default", 600)):
        Mail.objects.create(
            template="t", to="a@b.example", lane=lane, created_at=real - timedelta(seconds=age), next_at=real
        )
    Job.objects.create(kind="tests.none", key="late", due_at=real - timedelta(minutes=3))
    beat("dispatch")
    figures = scrape()
    assert figures['selfcare_mails_queued{lane="login"}'] == 1
    assert 600 <= figures['selfcare_mail_oldest_seconds{lane="default"}'] < 660
    assert 180 <= figures["selfcare_job_lateness_seconds"] < 240
    assert figures['selfcare_letters_waiting{state="queued"}'] == 0
    assert figures['selfcare_process_last_seen_seconds{process="dispatch"}'] < 60


def test_the_pool_of_numbers_is_among_the_figures(clock, scrape):
    assert scrape()['selfcare_numbers_050{state="stock"}'] == 0


def test_a_scrape_asks_the_database_a_bounded_number_of_times(clock, scrape, django_assert_max_num_queries):
    scrape()
    with django_assert_max_num_queries(28):
        scrape()
