"""The dispatcher: one slow source keeps no other waiting."""

import threading

import pytest

from selfcare.work import sources
from selfcare.work.management.commands.dispatch import Helpers

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def slow_and_quick():
    kept = dict(sources._sources)
    held, ran = threading.Event(), []

    def slow():
        ran.append("slow")
        held.wait(20)
        return 0

    def quick():
        ran.append("quick")
        return 0

    sources.register("tests.slow", run=slow, waiting=lambda seconds: True)
    sources.register("tests.quick", run=quick, waiting=lambda seconds: True)
    yield held, ran
    held.set()
    sources._sources.clear()
    sources._sources.update(kept)


def test_a_hanging_source_neither_blocks_the_others_nor_is_begun_twice(slow_and_quick):
    held, ran = slow_and_quick
    helpers = Helpers()
    for _ in range(3):
        helpers.carry_out("tests.slow")
        helpers.carry_out("tests.quick")
        helpers._threads["tests.quick"].join(5)
    assert ran.count("quick") == 3
    assert ran.count("slow") == 1
    held.set()
    helpers.join()
    assert not any(thread.is_alive() for thread in helpers._threads.values())
