"""Real processes for tests: a portal of its own, with its own database, Redis, folder and ports.

    def test_a_killed_worker_loses_nothing(stack):
        stack.start("web", "worker", "dispatch", "carrier-simulator")   # waits until they are ready
        httpx.get(f"{stack.web_url}/healthz")
        stack.kill("worker")                        # kill -9, the whole session: pool processes too
        stack.freeze("dispatch"); stack.thaw("dispatch")                # SIGSTOP, SIGCONT
        stack.start("worker", env={"SELFCARE_LOG_LEVEL": "DEBUG"})      # again, as "worker" or beside it "worker-2"
        stack.redis.flush(); stack.redis.freeze(); stack.redis.thaw(); stack.redis.stop(); stack.redis.start()
        stack.manage("demo_clock", "--advance", "3h").stdout
        stack.sql("SELECT state FROM orders_order WHERE id = %s", order_id)       # as owner: list of tuples
        with stack.connect("selfcare_app") as connection: ...           # as any role; ends with the test
        stack.wait(lambda: stack.value("SELECT count(*) FROM ...") == 3, seconds=60)
        stack.log("worker")                         # what it wrote

Fixtures: `stack` (empty tables), `demo_stack` (demo data loaded; the template is made once per session), and
`make_stack(demo_data=False, **env)` for more than one. `running(...)` is the same as a context manager, for fixtures
of a wider scope. Nothing is started but Redis until `start` is called. All of it is gone after the test.

A portal with a SIP registrar: `make_stack(with_registrar=True)`, then `start("registrar", ...)` where Kamailio is
installed (mark the test `needs_kamailio`); telephones register at `stack.sip_address`.

The processes are the ones of `selfcare.runtime.children`: web, worker, login-worker, beat, dispatch,
carrier-simulator and registrar. A fault is planted from here, never by a switch in the product: an entry is a module
of the tests that imports the real program and changes it,
`stack.start("web", entry="tests.faults.entries.slow:application")`; for workers and beat it is the Celery
application's module, for the others a module to run.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from tests.harness.stack import Stack, running
from tests.harness.telephony import needs_kamailio

__all__ = ["Stack", "needs_kamailio", "running"]


@pytest.fixture
def make_stack() -> Iterator[Callable[..., Stack]]:
    with ExitStack() as opened:

        def make(**options: Any) -> Stack:
            return opened.enter_context(running(**options))

        yield make


@pytest.fixture
def stack(make_stack: Callable[..., Stack]) -> Stack:
    return make_stack()


@pytest.fixture
def demo_stack(make_stack: Callable[..., Stack]) -> Stack:
    return partial(make_stack, demo_data=True)()
