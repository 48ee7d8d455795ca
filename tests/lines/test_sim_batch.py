"""New SIMs for many lines at once: good rows are taken on sets, a stock SIM serves one row, one mail tells all."""

import pytest

from lines import jobs
from lines.models import SimReissue, StockSim
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import procedures
from selfcare.orders.services import batches, bulk, good_rows, taking
from selfcare.orders.services.bulk import Typed
from selfcare.orders.states import State
from selfcare.work.models import Job, Mail
from tests import builders
from tests.lines.parts import line, service
from tests.lines.sim_parts import CODE, PROVISIONAL, SERIALS, stock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
#: Lines that get a SIM by post; three more are rewritten, and one asks for a SIM that is gone by then.
POSTED = 56


@pytest.fixture
def rows(clock):
    service()
    first = line()
    lines = [first, *(builders.line(contract=first.contract, plan="voice_3gb") for _ in range(POSTED + 3))]
    for serial in SERIALS:
        stock(first.customer, serial)
    by_post = [Typed(one, {"method": "black", "ship_on": "2026-11-21"}) for one in lines[:POSTED]]
    wanted = [*SERIALS, SERIALS[0]]
    by_air = [
        Typed(one, {"method": "ota", "serial": serial, "provisional_number": PROVISIONAL})
        for one, serial in zip(lines[POSTED:], wanted, strict=True)
    ]
    return [*by_post, *by_air]


def test_many_are_taken_on_sets_and_told_in_one_mail(rows, django_assert_max_num_queries):
    customer = rows[0].subject.customer
    actor = builders.user(customer=customer, role=Role.OWNER)
    now, procedure = time.now(), procedures.get(CODE)
    with django_assert_max_num_queries(8):
        wishes, refused = bulk.read(procedure, rows, now=now, actor=actor)
    draft = batches.draft(procedure=procedure, wishes=wishes, refused=refused, source="a", now=now, actor=actor)
    with django_assert_max_num_queries(14):
        seen = good_rows.preview(draft, now=now)
    (reason,) = seen.reasons.values()
    assert (len(seen.offers), "見つかりません" in reason) == (POSTED + 3, True)
    shown = good_rows.seal_shown(draft, seen)
    batch = good_rows.confirm(batch_id=draft.pk, shown=shown, session_digest="", actor=actor)
    with django_assert_max_num_queries(29):
        taking.take_chunk(batch)
    assert taking.take_chunk(batch) == 0
    assert batch.orders.filter(state=State.ACKNOWLEDGED).count() == POSTED + 3
    assert (SimReissue.objects.count(), StockSim.objects.free().count()) == (POSTED + 3, 0)
    with django_assert_max_num_queries(18):
        assert jobs.tell_shippings(Job()) == {"told": POSTED}
    mails = Mail.objects.filter(template="sim_shipping")
    assert [len(mail.context["items"]) for mail in mails] == [POSTED] * mails.count()
    assert mails.count() == mails.values("to").distinct().count() > 0
