"""Orders of events around a password change and a number's end: at every minute the promised password, never two."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.conf import settings

from numbering import sip
from numbering.models import Assignment, Credential
from numbering.services import cancelling, password_check, sip_passwords
from numbering.services.sip_password_operating import force
from numbering.services.timetables import load
from selfcare import calendar
from selfcare import clock as clocks
from selfcare.orders import due, procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import OPEN
from tests.numbering.help import at, cancel_number, draft, take
from tests.numbering.passwords import OLD, number_of
from tests.numbering.promises import MINUTE, Promised, Refused
from tests.scale import scaled

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

BEGINS, OVER = at("2026-11-20 23:00"), at("2026-11-22 01:00")


@pytest.fixture
def number(clock, contract):
    clock.set("2026-11-20 23:00")
    return number_of(contract, "b2bua")


class Events:
    """The steps of a table, done in the product and in the rules."""

    def __init__(self, clock, number, owner, operator):
        self.clock, self.number, self.owner, self.operator = clock, number, owner, operator
        self.promised = Promised(BEGINS, OVER, OLD)
        self._news = iter(f"Neu{n}pass" for n in range(1, 9))

    def run(self, steps: list[str]) -> None:
        for step in sorted(steps):
            moment, what, *more = step.split("; ")
            self.until(at(f"2026-11-{moment}"))
            self.both(what, *more)
            check(self.number, self.promised.minutes, step)
        self.until(OVER)
        check(self.number, self.promised.minutes, "in the end")

    def until(self, moment: datetime) -> None:
        self.clock.set(f"{calendar.local(moment):%Y-%m-%d %H:%M}")
        while due.run_local():
            pass
        self.promised.time_goes_on(moment)

    def both(self, what: str, *more: str) -> None:
        told = allowed = True
        try:
            self._promise(what, *more)
        except Refused:
            allowed = False
        try:
            self._do(what, *more)
        except NotPossible:
            told = False
        assert told == allowed, (what, more)

    def _promise(self, what: str, *more: str) -> None:
        now = clocks.now()
        match what:
            case "change":
                self.new = next(self._news)
                withdrawn = at(f"2026-11-{more[0]}") if more else now
                slot = load({"b2bua"}).reflected_at("b2bua", withdrawn)
                self.promised.order(now, self.new, withdrawn, slot)
            case "end":
                self.promised.end_at(now, cancelling.end_moment(at(f"2026-11-{more[0]}").date()))
            case _:
                getattr(self.promised, what)(now)

    def _do(self, what: str, *more: str) -> None:
        match what:
            case "change":
                self._change(more[0] if more else "")
            case "force":
                force(order=self._order(sip_passwords.CHANGE), reason="test", actor=self.operator)
            case "cancel":
                cancel(order=self._order(sip_passwords.CHANGE), actor=self.owner)
            case "restore":
                live = sip_passwords.current([self._read()], now=clocks.now()).get(self.number.number_id)
                data = {"reason": "test", "credential": live.pk if live else None}
                take(draft("numbering.sip_password_restore", self._read(), data, actor=self.operator),
                     actor=self.operator)  # fmt: skip
                due.run_local()
            case "end":
                cancel_number(self._read(), at(f"2026-11-{more[0]}").date(), actor=self.operator)
            case "stay":
                cancel(order=self._order("numbering.cancel"), actor=self.operator)

    def _read(self) -> Assignment:
        return Assignment.objects.get(pk=self.number.pk)

    def _order(self, procedure: str) -> Order:
        found = Order.objects.filter(procedure=procedure, subject_id=self.number.pk, state__in=OPEN).first()
        if found is None:
            raise NotPossible("there is none")
        return found

    def _change(self, booked: str) -> None:
        number, now = self._read(), clocks.now()
        live = sip_passwords.current([number], now=now).get(number.number_id)
        procedure = procedures.get(sip_passwords.CHANGE)
        order = new_draft(procedure=procedure, subject=number, contract=number.contract, now=now, actor=self.owner)
        data = {
            "number": number.digits,
            "at": at(f"2026-11-{booked}").isoformat() if booked else "",
            "credential": live.pk if live else None,
        }
        secret = {"digests": password_check.digests_of(number, self.new)}
        take(save_draft(order=order, data=data, now=now, actor=self.owner, secret=secret), actor=self.owner)


def check(number: Assignment, promised: dict[datetime, str | None], after: str) -> None:
    """From now on at every minute exactly the promised password, by the rows that the registrar's view is made of.

    What was is left out: a change that is taken back gives the old password its time back as if nothing had been.
    """
    now = clocks.now()
    names = {_digest(number, password): password for password in set(promised.values()) if password}
    rows = [(row.live.lower, row.live.upper, names.get(row.ha1, "?")) for row in Credential.objects.all()]
    for minute, expected in promised.items():
        if minute < now:
            continue
        live = [name for lower, upper, name in rows if lower <= minute and (upper is None or minute < upper)]
        assert live == [expected] * (expected is not None), (after, calendar.local(minute), live, expected)


def _digest(number: Assignment, password: str) -> str:
    return sip.digests(username=number.digits, realm=settings.SIP_REALM, password=password).ha1


#: A change at once or booked; its end by somebody before, at or after the withdrawal and after midnight; going back.
CHANGES = ["20 23:10; change", "20 23:10; change; 20 23:40"]
ACTIONS = ["", "20 23:30; force", "20 23:30; cancel", "20 23:55; force", "20 23:55; cancel", "21 00:10; force",
           "21 00:10; cancel"]  # fmt: skip
#: The end of the 20th is before the slot at 00:30, the end of the 21st after it.
ENDS = ["", "20 23:05; end; 20", "20 23:20; end; 20", "20 23:50; end; 20", "20 23:05; end; 21", "20 23:50; end; 21",
        "21 00:40; end; 21"]  # fmt: skip
STAYS = ["", "20 23:58; stay", "21 00:20; stay", "21 00:50; stay"]
RESTORES = ["", "21 00:45; restore", "21 00:55; restore"]


def tables() -> Iterator[list[str]]:
    """Each way of ending with each way of going on, but not everything with everything."""
    for change, action, end in product(CHANGES, ACTIONS, ENDS):
        yield [change, action, end, "21 00:45; restore"]
    for change, end, stay, restore in product(CHANGES, ENDS, STAYS, RESTORES):
        yield [change, end, stay, restore, "21 01:00; change", "21 01:20; cancel"]


#: `make test` takes every fifth, which still meets every action with every end over the whole table.
_TAKEN = list(tables())[:: scaled(5, 1)]


@pytest.mark.faults
@pytest.mark.parametrize("steps", [[step for step in table if step] for table in _TAKEN], ids="/".join)
def test_at_every_minute_the_promised_password_and_never_two(clock, number, owner, operator, steps):
    number.contract.functions = [*number.contract.functions, "numbering.cancel"]
    Events(clock, number, owner, operator).run(steps)


def test_the_check_sees_a_password_that_is_live_a_minute_too_long(clock, number, owner, operator):
    """Negative control."""
    events = Events(clock, number, owner, operator)
    events.both("change")
    Credential.objects.filter(order=None).update(live=(at("2025-11-20 09:00"), BEGINS + MINUTE))
    with pytest.raises(AssertionError, match="nothing else"):
        check(number, events.promised.minutes, "nothing else")


def test_nothing_is_live_after_an_end_that_workers_find_a_day_late(clock, number, owner, operator):
    events = Events(clock, number, owner, operator)
    events.both("change", "21 23:40")
    cancel_number(events._read(), at("2026-11-20 00:00").date(), actor=operator)
    clock.set("2026-11-22 12:00")
    while due.run_local():
        pass
    assert not Credential.objects.filter(live__endswith__isnull=True).exists()
    assert max(row.live.upper for row in Credential.objects.all()) == at("2026-11-21 00:00")
    assert set(Order.objects.filter(procedure=sip_passwords.CHANGE).values_list("state", flat=True)) == {"cancelled"}


def test_what_came_after_the_booking_of_the_end_is_cancelled_with_the_release(clock, number, owner, operator):
    """As an earlier release may have left it."""
    events = Events(clock, number, owner, operator)
    cancel_number(events._read(), at("2026-11-21 00:00").date(), actor=operator)
    Assignment.objects.update(ends_on=None)
    Credential.objects.update(live=(at("2025-11-20 09:00"), None))
    events.both("change", "22 14:00")
    Assignment.objects.update(ends_on=at("2026-11-21 00:00").date())
    clock.set("2026-11-25 12:00")
    while due.run_local():
        pass
    (credential,) = Credential.objects.all()
    assert credential.live.upper == at("2026-11-22 00:00")
    change = Order.objects.get(procedure=sip_passwords.CHANGE)
    assert (change.state, "解約される" in change.reason) == ("cancelled", True)


def test_the_operators_confirm_page_names_what_falls_with_the_number(clock, number, owner, operator):
    events = Events(clock, number, owner, operator)
    events.both("change")
    change = Order.objects.get()
    order = cancel_number(events._read(), at("2026-11-20 00:00").date(), actor=operator)
    shown = {row["label"]: row["new"] for row in order.shown_part("rows")}
    assert change.request_id in shown["あわせて取り消す申し込み"]
    change.refresh_from_db()
    assert (change.state, "11月20日" in change.reason) == ("cancelled", True)
    assert timedelta(0) == clocks.now() - (change.finished_at or BEGINS)
