"""The postal carrier over real HTTP: slow, down, refusing, telling twice, forged, or never answering."""

import threading

import httpx
import pytest
from django.conf import settings as configured

from selfcare import clock as time
from selfcare.contract_data.models import CaseState, CheckLetter, PostEvent
from selfcare.contract_data.post import following
from selfcare.contract_data.services import confirming
from selfcare.outside import signing
from selfcare.outside.simulator import process
from tests.selfcare.contract_data import walking

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def carrier(settings):
    settings.OUTSIDE_SECRET = settings.OUTSIDE_SECRET or "a secret of the tests"
    server = process.build({"bind": "127.0.0.1", "port": 0}, settings.OUTSIDE_SECRET)
    server.worker.start()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.OUTSIDE_URL = server.page
    yield server
    server.shutdown()
    server.server_close()


def due_again(posted):
    CheckLetter.objects.filter(case=posted).update(ask_at=time.real_now(), lease_until=None)


def fresh(posted):
    posted.refresh_from_db()
    return posted


def tell(client, body, secret=None):
    headers = signing.OUTSIDE.headers(
        secret=secret or configured.OUTSIDE_SECRET, purpose="event:post", body=body, now=time.real_now()
    )
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return client.post("/outside/post/events/", body, content_type="application/json", **named).status_code


def event(letter, kind):
    return f'{{"id": "e-{kind}", "type": "{kind}", "reference": "{letter.uuid}"}}'.encode()


def test_a_letter_is_announced_once_and_its_delivery_asked_for(posted, carrier, clock):
    carrier.faults.change({"post.announce": {"fail_after_next": 1}})
    assert following.run() == 1
    letter = walking.current(posted)
    assert letter.trouble
    assert letter.ask_at is not None
    assert letter.ask_at > time.real_now(), "tried again later, and nothing else waits for it"
    due_again(posted)
    following.run()
    letter = walking.current(posted)
    assert letter.tracking
    assert not letter.trouble
    assert len(carrier.ledger.all("post.letters")) == 1
    due_again(posted)
    following.run()
    assert fresh(posted).state == CaseState.POSTED, "accepted is no news"
    httpx.post(f"{carrier.page}/post/letters/{letter.tracking}/delivered").raise_for_status()
    due_again(posted)
    following.run()
    assert (fresh(posted).state, posted.confirmed_by) == (CaseState.CONFIRMED, "delivery")
    assert following.run() == 0, "nobody asks any more"


def test_what_the_carrier_tells_counts_once_and_only_with_its_signature(posted, carrier, clock, browser):
    following.run()
    letter, client = walking.current(posted), browser()
    assert tell(client, event(letter, "returned"), secret="forged") == 401
    assert fresh(posted).state == CaseState.POSTED
    for _time in (1, 2):
        assert tell(client, event(letter, "returned")) == 204
    httpx.post(f"{carrier.page}/post/letters/{letter.tracking}/returned").raise_for_status()
    due_again(posted)
    following.run()
    assert PostEvent.objects.filter(letter=letter).count() == 1
    assert fresh(posted).state == CaseState.RETURNED
    assert walking.mails("identity_letter_returned") == 1
    assert tell(client, event(letter, "delivered")) == 204, "late, and against what was told: kept for people to see"
    assert fresh(posted).state == CaseState.RETURNED
    nobody = event(letter, "delivered").replace(str(letter.uuid).encode(), b"nobody")
    assert tell(client, nobody) == 404


@pytest.mark.parametrize("fault", [{"down_next": True}, {"refuse_next": "closed"}])
def test_a_carrier_that_is_down_or_refuses_keeps_nobody_from_confirming(fault, posted, carrier, owner, clock):
    carrier.faults.change({"post.announce": fault})
    following.run()
    assert walking.current(posted).trouble
    confirming.enter_code(case=posted, code=posted.code, actor=owner)
    assert fresh(posted).state == CaseState.CONFIRMED
