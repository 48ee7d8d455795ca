"""Guessing is limited by address and by number, and nobody can lock another's telephone out by it.

Each test runs twice: with limits of a few failures, and with limits so high that nothing of them is seen.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests.harness import kamailio
from tests.harness.sip import Telephone, registers
from tests.real.conftest import PASSWORD, REALM, kept_from_reading

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]

FEW = {"ADDRESS_FAILURES": 6, "NUMBER_FAILURES": 4, "KNOWN_FAILURES": 5}
MANY = dict.fromkeys(FEW, 1000)
HOME, OFFICE, ELSEWHERE = "127.0.0.9", "127.0.0.8", "127.0.0.7"


class Limited:
    def __init__(self, registrar: kamailio.RegistrarUnderTest, is_limited: bool) -> None:
        self.registrar, self.is_limited = registrar, is_limited

    def guess(self, user: str, times: int, *, source: str) -> list[int]:
        with Telephone(user, REALM, "wrong-one", self.registrar.address, source=source) as stranger:
            return [stranger.register() for _ in range(times)]

    def owner(self, number: str, *, source: str) -> int:
        return registers(number, REALM, PASSWORD, self.registrar.address, source=source)

    @property
    def refused(self) -> int:
        return 503 if self.is_limited else 200


def _running(is_limited: bool, **defines: int) -> Iterator[Limited]:
    database = str(connections["owner"].settings_dict["NAME"])
    limits: dict[str, Any] = {**(FEW if is_limited else MANY), **defines}
    with kamailio.running(database=database, **limits) as one:
        yield Limited(one, is_limited)


@pytest.fixture(scope="module", params=[True, False], ids=["limited", "negative control: limits out of sight"])
def _limits(request, django_db_setup, django_db_blocker):
    yield from _running(request.param)


@pytest.fixture
def limits(_limits):
    _limits.registrar.reset()
    return _limits


def test_an_address_that_fails_too_often_is_told_so(limits, number):
    answers = [limits.guess(f"0509999000{n}", 1, source=ELSEWHERE)[0] for n in range(8)]
    assert answers == [403] * 6 + [503 if limits.is_limited else 403] * 2
    with Telephone(number, REALM, PASSWORD, limits.registrar.address, source=ELSEWHERE) as telephone:
        reply = telephone.last()
    assert reply.status == limits.refused
    assert reply.headers.get("retry-after") == ("60" if limits.is_limited else None)
    assert limits.owner(number, source=HOME) == 200  # from another address


def test_a_number_that_is_guessed_at_too_often_is_closed_to_strangers(limits, number):
    for last in (4, 5):
        assert limits.guess(number, 2, source=f"127.0.0.{last}") == [403, 403]
    assert limits.owner(number, source=ELSEWHERE) == limits.refused


def test_strangers_do_not_lock_a_telephone_out_that_has_registered_before(limits, number):
    assert limits.owner(number, source=HOME) == 200
    for last in (4, 5, 6):
        limits.guess(number, 4, source=f"127.0.0.{last}")
    assert limits.owner(number, source=HOME) == 200
    limits.registrar.ask("htable.flush", "home")  # negative control: without its address known
    assert limits.owner(number, source=HOME) == limits.refused


def test_a_bad_neighbour_behind_the_same_address_does_not_lock_a_telephone_out(limits, number):
    assert limits.owner(number, source=OFFICE) == 200
    for n in range(8):
        limits.guess(f"0509999000{n}", 1, source=OFFICE)
    assert limits.owner(number, source=OFFICE) == 200
    limits.registrar.ask("htable.flush", "home")
    assert limits.owner(number, source=OFFICE) == limits.refused


def test_even_a_known_address_has_no_endless_guesses(limits, number):
    assert limits.owner(number, source=HOME) == 200
    assert limits.guess(number, 6, source=HOME) == [403] * 5 + [503 if limits.is_limited else 403]
    assert limits.owner(number, source=HOME) == limits.refused


@pytest.mark.parametrize("sees", [False, True], ids=["forged", "negative control: sees the challenge"])
def test_who_only_puts_on_its_address_does_not_lock_a_telephone_out(limits, number, sees):
    """Without seeing what is sent there, his failures are a stranger's; who sees it is behind that address himself."""
    assert limits.owner(number, source=HOME) == 200
    with (
        Telephone(number, REALM, "wrong-one", limits.registrar.address, source=ELSEWHERE) as stranger,
        Telephone(number, REALM, "wrong-one", limits.registrar.address, source=HOME) as forged,
    ):
        for _ in range(8):
            forged.request()  # a challenge is sent to HOME
            if not sees:
                stranger.request()
                forged.challenge = dict(stranger.challenge)
            reply = forged.request(authorization=forged.answer())
    assert reply.status in ({503, 401} if limits.is_limited else {403})
    assert limits.owner(number, source=HOME) == (limits.refused if sees else 200)


def test_a_telephone_that_kept_an_old_challenge_is_given_a_new_one(limits, number):
    with Telephone(number, REALM, PASSWORD, limits.registrar.address, source=HOME) as telephone:
        assert telephone.register() == 200
        for last in (4, 5, 6):
            limits.guess(number, 4, source=f"127.0.0.{last}")
        limits.registrar.ask("htable.flush", "asked")
        kept = telephone.request(authorization=telephone.answer())
        assert kept.status == (401 if limits.is_limited else 200)
        assert telephone.register() == 200


def test_a_limited_client_is_answered_without_the_database(limits, number):
    limits.guess(number, 4, source=ELSEWHERE)
    with kept_from_reading():
        assert limits.owner(number, source=ELSEWHERE) == (503 if limits.is_limited else 500)
        assert limits.owner(number, source=HOME) == (503 if limits.is_limited else 500)
    limits.registrar.ask("htable.flush", "number")
    assert limits.owner(number, source=HOME) == 200


@pytest.mark.serial
def test_after_the_window_all_is_forgotten(number, django_db_setup):
    for limits in _running(True, FAILURE_WINDOW=2):
        limits.guess(number, 4, source=ELSEWHERE)
        assert limits.owner(number, source=HOME) == 503
        time.sleep(3.1)
        assert limits.owner(number, source=HOME) == 200
