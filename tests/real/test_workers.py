"""The portal's processes drop what has ended at a real registrar: without Redis, after a kill, within a minute."""

import httpx
import pytest

from numbering.registrar.port import Account
from tests.harness import kamailio
from tests.harness.sip import registers

pytestmark = [pytest.mark.real, pytest.mark.serial]


@pytest.fixture
def registrar(demo_stack):
    """A registrar on the demo's numbers; the stack's processes know it."""
    with kamailio.running(database=demo_stack.database) as one:
        demo_stack.env["REGISTRAR_URL"] = one.url
        yield one


@pytest.fixture
def account(demo_stack, registrar):
    """A number that is registered with a password that has just ended."""
    pk, number, realm = demo_stack.sql(
        "UPDATE numbering_credential SET ha1 = md5(username || ':' || realm || ':Passw0rd') WHERE id ="
        " (SELECT min(id) FROM numbering_credential WHERE live @> selfcare_now() AND upper_inf(live))"
        " RETURNING id, username, realm"
    )[0]
    assert registers(number, realm, "Passw0rd", registrar.address) == 200
    demo_stack.sql("UPDATE numbering_credential SET dropped_at = now() WHERE NOT upper_inf(live)")
    demo_stack.sql(
        "UPDATE numbering_credential SET live = tstzrange(lower(live), selfcare_now()) WHERE id = %s",
        pk,
    )
    return Account(number, realm)


def is_dropped(stack) -> bool:
    return not stack.value(
        "SELECT count(*) FROM numbering_credential WHERE dropped_at IS NULL AND upper(live) <= selfcare_now()"
    )


def test_without_redis_the_dispatcher_drops_it_itself(demo_stack, registrar, account):
    demo_stack.redis.stop()
    demo_stack.start("dispatch")
    took = demo_stack.wait(lambda: is_dropped(demo_stack), seconds=30)
    assert registrar.client.registrations(account) == []
    print(f"dropped after {took:.1f} s")


@pytest.mark.long
def test_a_worker_killed_in_the_middle_leaves_it_to_the_next_one(demo_stack, registrar, account):
    registrar.freeze()
    demo_stack.start("worker", "dispatch")
    try:
        # Killed while it waits for the registrar's answer, the lease in its hands.
        demo_stack.wait(lambda: demo_stack.value("SELECT count(drop_after) FROM numbering_credential"), every=0.01)
        demo_stack.kill("worker")
        demo_stack.kill("dispatch")
        assert not is_dropped(demo_stack)
    finally:
        registrar.thaw()
    demo_stack.start("worker", "dispatch")
    took = demo_stack.wait(lambda: is_dropped(demo_stack), seconds=60)
    assert registrar.client.registrations(account) == []
    print(f"dropped {took:.1f} s after the kill")


def test_readyz_says_whether_the_registrar_answers(demo_stack, registrar):
    demo_stack.start("web", "dispatch")

    def said() -> str:
        return str(httpx.get(f"{demo_stack.web_url}/readyz", timeout=5).json())

    demo_stack.wait(lambda: "'registrar': 'ok'" in said(), seconds=30)
    registrar.stop()
    demo_stack.wait(lambda: "'registrar': 'no answer'" in said(), seconds=40)
    assert httpx.get(f"{demo_stack.web_url}/readyz", timeout=5).status_code == 200
