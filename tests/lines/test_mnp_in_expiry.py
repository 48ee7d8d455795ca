"""Nothing opens by itself on the last day: customers are warned twice, and then the SIM is void."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connections, transaction

from lines.jobs_porting import look_after_port_ins
from lines.models import Line, PortIn
from lines.services import port_ins
from selfcare import clock as time
from selfcare.accounts.models import NotificationAddress
from selfcare.orders.procedures import NotPossible
from selfcare.work import jobs, outbox
from selfcare.work.models import Job, Mail
from tests import builders
from tests.lines.mnp import obstacle, waiting
from tests.lines.parts import fresh, place

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def run_at(clock, moment: str) -> list[Mail]:
    """The mails that the job queues then."""
    clock.set(moment)
    known = set(Mail.objects.values_list("pk", flat=True))
    look_after_port_ins(Job())
    return list(Mail.objects.exclude(pk__in=known).order_by("pk"))


@pytest.mark.parametrize(
    ("expires_on", "five", "one", "after"),
    [
        (date(2026, 11, 30), "2026-11-25", "2026-11-29", "2026-12-01"),
        (date(2026, 12, 1), "2026-11-26", "2026-11-30", "2026-12-02"),
        (date(2027, 1, 1), "2026-12-27", "2026-12-31", "2027-01-02"),
        (date(2027, 1, 4), "2026-12-30", "2027-01-03", "2027-01-05"),
        (date(2028, 3, 1), "2028-02-25", "2028-02-29", "2028-03-02"),
    ],
)
def test_warned_five_days_and_one_day_before_each_once_and_void_after(clock, expires_on, five, one, after):
    port_in = waiting(expires_on=expires_on)
    assert run_at(clock, f"{five} 08:59") == []
    (mail,) = run_at(clock, f"{five} 09:00")
    assert (mail.template, mail.context["items"][0]["days"]) == ("mnp_in_expiring", 5)
    assert run_at(clock, f"{five} 09:10") == run_at(clock, f"{one} 08:59") == []
    (mail,) = run_at(clock, f"{one} 09:00")
    assert mail.context["items"][0]["days"] == 1
    assert run_at(clock, f"{one} 20:00") == run_at(clock, f"{expires_on} 23:59") == []
    assert fresh(port_in).state == "waiting"
    assert run_at(clock, f"{after} 00:00") == []
    assert fresh(port_in).state == "void"


def test_after_days_without_workers_one_mail_makes_up_for_two(clock):
    waiting()
    (mail,) = run_at(clock, "2026-11-30 09:00")
    assert mail.context["items"][0]["days"] == 0
    assert run_at(clock, "2026-11-30 12:00") == []


def test_a_reservation_that_is_prolonged_is_warned_of_anew(clock):
    port_in = waiting()
    assert len(run_at(clock, "2026-11-29 09:00")) == 1
    PortIn.objects.filter(pk=port_in.pk).update(expires_on=date(2026, 12, 10))
    assert run_at(clock, "2026-11-30 09:00") == []
    assert len(run_at(clock, "2026-12-05 09:00")) == 1


def test_the_mail_names_the_day_and_what_becomes_of_the_sim(clock, mailoutbox):
    port_in = waiting()
    NotificationAddress.objects.create(
        customer=port_in.customer, email="told@customer.example", confirmed_at=time.real_now()
    )
    (mail,) = run_at(clock, "2026-11-25 09:00")
    assert mail.to == "told@customer.example"
    outbox.deliver_default()
    (message,) = [one for one in mailoutbox if mail.to in one.to]
    sent = f"{message.subject}\n{message.body}\n{message.alternatives[0][0]}"
    for text in (
        "070-1234-5001",
        "2026年11月30日",
        "あと5日",
        "SIMは使えなくなり",
        "自動では開通しません",
        "/lines/mnp-in/",
    ):
        assert text in sent


def test_many_lines_are_one_mail_and_other_customers_have_their_own(clock):
    first = waiting()
    for number in range(3):
        waiting(f"0701234600{number}", contract=first.line.contract)
    waiting("07012347000")
    mails = run_at(clock, "2026-11-25 09:00")
    assert sorted(len(mail.context["items"]) for mail in mails) == [1, 4]


def test_who_has_ordered_the_opening_is_not_warned_and_what_the_carrier_is_at_is_not_void(clock):
    port_in = waiting()
    place(port_in.line, "lines.mnp_in", date="2026-11-30")
    assert run_at(clock, "2026-11-25 09:00") == []
    assert run_at(clock, "2026-12-01 00:10") == []
    assert fresh(port_in).state == "waiting"
    # The carrier has refused it.
    Line.objects.filter(pk=port_in.line_id).update(open_changes=[])
    run_at(clock, "2026-12-01 00:20")
    assert fresh(port_in).state == "void"


def test_a_void_one_says_what_to_do(clock):
    port_in = waiting()
    clock.set("2026-12-01 10:00")
    before = obstacle(port_in.line, "lines.mnp_in")
    port_ins.make_void(time.now())
    assert obstacle(fresh(port_in.line), "lines.mnp_in") == before
    assert "MNP予約番号を取り直し" in before
    with pytest.raises(NotPossible):
        place(port_in.line, "lines.mnp_in", date="2026-12-01")


def test_the_job_of_a_period_is_done_once_whoever_runs_it(clock):
    jobs.plan_periods()
    jobs.plan_periods()
    assert Job.objects.filter(kind="lines.port_in_expiry").count() == 1


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
class TestAtTheSameTime:
    @pytest.fixture
    def many(self, clock):
        first = waiting()
        for number in range(19):
            waiting(f"070123460{number:02}", contract=first.line.contract)
        clock.set("2026-11-25 09:00")

    def test_eight_that_warn_at_once_write_of_each_line_once(self, many):
        def warn(_number: int) -> int:
            try:
                return port_ins.warn(time.now())
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(warn, range(8))) == 20
        told = [item["number"] for mail in Mail.objects.all() for item in mail.context["items"]]
        assert len(told) == len(set(told)) == 20

    def test_without_the_day_on_the_row_they_would_be_written_to_twice(self, many):
        """The negative control: what is written down is what keeps the second one away."""
        for _run in range(2):
            with transaction.atomic():
                assert port_ins.warn(time.now()) == 20
            PortIn.objects.update(warned_on=None)
        assert sum(len(mail.context["items"]) for mail in Mail.objects.all()) == 40


def test_lines_of_a_customer_who_has_no_address_are_no_trouble(clock):
    port_in = waiting()
    type(port_in.line.contract).objects.filter(pk=port_in.line.contract_id).update(mail="")
    assert run_at(clock, "2026-11-25 09:00") == []
    assert builders.user(customer=port_in.customer).email not in [mail.to for mail in Mail.objects.all()]
