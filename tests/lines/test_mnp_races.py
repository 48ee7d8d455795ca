"""Numbers that come and go, from several sides at the same moment; and the constraints when the locks are away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from lines import reconcile_porting
from lines.models import Line, PortIn, PortOut
from lines.services import port_outs
from selfcare import clock as time
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests.lines import parts
from tests.lines.mnp import HOLDER, issued, waiting
from tests.lines.parts import fresh, place

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def together(work: Callable[[int], Any], count: int = 6) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return work(number)
        except NotPossible as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def accepted(results: list[Any]) -> int:
    return sum(isinstance(result, Order) for result in results)


def test_of_six_openings_at_once_one_is_accepted(clock):
    line = waiting().line
    results = together(lambda number: place(Line.objects.get(pk=line.pk), "lines.mnp_in", date=f"2026-11-2{number}"))
    assert accepted(results) == 1
    assert fresh(line).open_changes == ["port_in"]


def test_of_six_reservations_at_once_one_is_accepted(clock):
    parts.service()
    line = parts.line()
    names = [{**HOLDER, "name": f"架空商事{number}"} for number in "一二三四五六"]
    assert accepted(together(lambda number: place(Line.objects.get(pk=line.pk), "lines.mnp_out", **names[number]))) == 1
    assert PortOut.objects.filter(line=line).count() == 1


def test_told_from_six_sides_at_once_it_leaves_once(clock):
    parts.service()
    port_out = issued(parts.line())
    day = date(2026, 11, 20)
    results = together(lambda _number: port_outs.left(port_out=port_out, on=day, actor=None))
    assert sorted(results) == [False] * 5 + [True]
    assert Mail.objects.filter(template="mnp_out_left", to=port_out.line.contract.mail).count() == 1


def test_leaving_and_expiring_at_once_is_one_of_the_two(clock):
    parts.service()
    port_out = issued(parts.line())
    clock.set("2026-12-01 09:00")

    def either(number: int) -> Any:
        if number % 2:
            return port_outs._expire(port_out)
        return port_outs.left(port_out=port_out, on=date(2026, 11, 30), actor=None)

    together(either)
    # Who has left has left, even if it had been given up a moment before.
    assert (fresh(port_out).state, fresh(port_out.line).status) == ("left", "terminated")


def test_the_database_knows_one_live_reservation_and_one_waiting_number(clock):
    parts.service()
    port_out = issued(parts.line())
    other = place(parts.line(contract=port_out.line.contract), "lines.mnp_out", **HOLDER)
    with pytest.raises(IntegrityError, match="port_out_one_live"), transaction.atomic():
        PortOut.objects.filter(order=other).update(line=port_out.line)
    with pytest.raises(IntegrityError, match="port_out_issued_has_number"), transaction.atomic():
        PortOut.objects.filter(order=other).update(state="issued")
    port_in = waiting()
    with pytest.raises(IntegrityError, match="port_in_number_once"), transaction.atomic():
        waiting()
    PortIn.objects.filter(pk=port_in.pk).update(state="void")
    assert waiting().pk


def test_reconciliation_tells_of_numbers_without_their_lines_and_of_late_ones(clock):
    parts.service()
    port_out, port_in = issued(parts.line()), waiting()
    asked = place(parts.line(contract=port_out.line.contract), "lines.mnp_out", **HOLDER)
    clock.set("2026-11-27 23:59")
    assert reconcile_porting.check(time.now()) == []
    PortOut.objects.filter(pk=port_out.pk).update(state="left", left_on="2026-11-27")
    PortIn.objects.filter(pk=port_in.pk).update(state="opened")
    clock.set("2026-11-28 00:00")
    found = reconcile_porting.check(time.now())
    assert len(found) == 3
    for words in ("has come and its line", "is not terminated", f"{asked.request_id}: the reservation number is late"):
        assert words in " ".join(found)
