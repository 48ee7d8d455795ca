"""転送: what is refused, circles over several numbers and customers, and two who would make one at the same moment."""

from collections.abc import Callable, Sequence
from threading import Barrier

import pytest

from numbering.cloud.models import CloudNumber, Forwarding
from numbering.cloud.services import forwarding
from numbering.cloud.services.forwarding import Refused, Target
from selfcare.accounts.models import AuditEvent, User
from tests.clock import Clock
from tests.numbering.cloud import parts
from tests.numbering.help import together
from tests.people import AsUser

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
ALWAYS, NO_ANSWER = Forwarding.When.ALWAYS.value, Forwarding.When.NO_ANSWER.value


def lead(number: CloudNumber, digits: str, actor: User, case: str = ALWAYS) -> None:
    seconds = 20 if case == NO_ANSWER else None
    forwarding.save(number=number, targets={case: Target(digits, seconds)}, actor=actor)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("090-1234-5678", "09012345678"), ("０３（１２３４）５６７８", "0312345678"), ("+81 50 1234 5678", "05012345678")],
)
def test_ordinary_numbers_may_be_targets(typed: str, digits: str) -> None:
    assert forwarding.digits_of(typed) == digits


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        *[(emergency, "緊急通報") for emergency in ("110", "118", "119", "104", "117", "#9110"[1:], "171")],
        *[
            (special, "特別な番号")
            for special in ("0120123456", "0570-000-000", "0800-123-4567", "0990123456", "0101555")
        ],
        ("12345678", "緊急通報"),
        ("03123456789012", "10桁か11桁"),
        ("本社", "数字"),
    ],
)
def test_emergency_and_special_numbers_are_refused(typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        forwarding.digits_of(typed)


def test_a_number_never_leads_to_itself_nor_round_in_a_circle() -> None:
    cloud, other = parts.cloud(numbers=2), parts.cloud(numbers=1)
    actor, stranger = parts.member(cloud), parts.member(other)
    first, second = parts.numbers(cloud)
    third = parts.numbers(other)[0]
    with pytest.raises(Refused, match="同じ番号"):
        lead(first, first.digits, actor)
    lead(first, second.digits, actor)
    lead(second, third.digits, actor, NO_ANSWER)
    with pytest.raises(Refused, match="回り続ける"):
        lead(third, first.digits, stranger)
    assert not third.forwardings.exists()
    # A chain through a number that has ended leads nowhere.
    CloudNumber.objects.filter(pk=second.pk).update(ended_on="2026-11-01")
    lead(third, first.digits, stranger)


def test_what_is_refused_changes_nothing() -> None:
    cloud = parts.cloud(numbers=1)
    number, actor = parts.numbers(cloud)[0], parts.member(cloud)
    lead(number, "09012345678", actor)
    with pytest.raises(Refused):
        forwarding.save(
            number=number, targets={NO_ANSWER: Target("0312345678", 20), ALWAYS: Target(number.digits)}, actor=actor
        )
    assert forwarding.targets_of(number) == {ALWAYS: Target("09012345678")}
    assert AuditEvent.objects.filter(action="cloud.forwarding_set").count() == 1


def _at_once(numbers: Sequence[CloudNumber], step: Callable[[CloudNumber, str], None]) -> int:
    """Each of the two leads to the other at the same moment; how many were taken."""
    first, second = numbers
    calls = [lambda: step(first, second.digits), lambda: step(second, first.digits)]
    return sum(result is None for result in together(calls, workers=2))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_who_would_make_a_circle_together_do_not() -> None:
    cloud = parts.cloud(numbers=2)
    actor = parts.member(cloud)
    assert _at_once(parts.numbers(cloud), lambda number, digits: lead(number, digits, actor)) == 1
    assert Forwarding.objects.count() == 1


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_without_the_lock_they_would() -> None:
    """The negative control: the same questions and the same rows, without the lock around them."""
    cloud = parts.cloud(numbers=2)
    asked = Barrier(2)

    def unlocked(number: CloudNumber, digits: str) -> None:
        assert not forwarding._obstacle(number, Target(digits))
        asked.wait(30)
        Forwarding.objects.create(number=number, customer_id=number.customer_id, when=ALWAYS, target=digits)

    assert _at_once(parts.numbers(cloud), unlocked) == 2


def test_the_page_names_the_case_that_is_wrong(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud(numbers=1)
    number = parts.numbers(cloud)[0]
    browser, address = as_user(parts.member(cloud)), f"/cloud/numbers/{number.digits}/forwarding/"
    page = browser.post(address, {"always": "119", "busy": number.digits, "after_seconds": "20"})
    assert "緊急通報" in page.content.decode()
    page = browser.post(address, {"busy": number.digits, "after_seconds": "20"})
    assert "同じ番号には転送できません" in page.content.decode()
    assert not Forwarding.objects.exists()
    assert browser.post(address, {"no_answer": "090-1234-5678", "after_seconds": "30"}).status_code == 302
    assert forwarding.targets_of(number) == {NO_ANSWER: Target("09012345678", 30)}
    assert "090-1234-5678" in browser.get(address).content.decode()
    assert browser.post(address, {"after_seconds": "20"}).status_code == 302
    assert forwarding.targets_of(number) == {}
    assert as_user(parts.viewer(cloud)).get(address).status_code == 403
