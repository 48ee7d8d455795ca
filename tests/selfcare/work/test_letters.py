"""Letters: sealed while they wait, printed as one PDF, printed again after a jam, erased when they are sent."""

import io

import pypdf
import pytest

from selfcare.accounts.models import AuditEvent
from selfcare.work import letters
from selfcare.work.models import Letter
from tests import builders

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SECRET = "Kx7mPq2Z"


@pytest.fixture
def letter(clock):
    contract = builders.contract()
    text = {
        "selfcare_id": "office_01",
        "password": SECRET,
        "expires_on": "2026-12-20",
        "login_url": "https://x.example/",
    }
    return letters.queue(
        kind="welcome", customer=contract.customer, contract=contract, reference="office_01", text=text
    )


def pages(pdf):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def fresh(row):
    return Letter.objects.get(pk=row.pk)


def test_a_waiting_letter_is_sealed(letter):
    assert SECRET.encode() not in bytes(fresh(letter).sealed)


def test_a_batch_is_one_pdf_with_every_letter_on_a_page_of_its_own(letter, operator):
    other = builders.contract()
    second = letters.queue(
        kind="welcome", customer=other.customer, contract=other, reference="x", text={"password": "other"}
    )
    printed = pages(letters.print_batch(letters=[letter, second], actor=operator))
    assert len(printed) == 2
    assert SECRET in printed[0]
    assert SECRET not in printed[1]


def test_a_printed_letter_can_be_printed_again_until_it_is_sent(letter, operator):
    letters.print_batch(letters=[letter], actor=operator)
    assert fresh(letter).state == Letter.State.PRINTED
    assert SECRET in pages(letters.print_batch(letters=[letter], actor=operator))[0]
    assert letters.mark_sent(letters=[letter], actor=operator) == 1
    assert (fresh(letter).state, fresh(letter).sealed) == (Letter.State.SENT, None)
    assert letters.print_batch(letters=[letter], actor=operator) == b""


def test_a_letter_that_was_not_printed_cannot_be_marked_sent(letter, operator):
    assert letters.mark_sent(letters=[letter], actor=operator) == 0
    assert fresh(letter).sealed is not None


def test_printing_and_sending_are_audited_without_the_text(letter, operator):
    letters.print_batch(letters=[letter], actor=operator)
    letters.mark_sent(letters=[letter], actor=operator)
    events = AuditEvent.objects.filter(object_type="letter")
    assert [event.action for event in events.order_by("id")] == ["letter.printed", "letter.sent"]
    assert SECRET not in str(list(events.values()))
