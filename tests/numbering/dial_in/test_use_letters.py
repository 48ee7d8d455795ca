"""The letter that asks to confirm the use of new geographic numbers on the cloud plan (spec 5.3)."""

import json

import pytest

from numbering.dial_in.models import VoiceContract
from numbering.dial_in.stages import Stage
from numbering.models import Kind
from selfcare import vault
from selfcare.documents.models import Document
from selfcare.work import letters
from selfcare.work.models import Letter
from tests import builders
from tests.numbering.dial_in import by_date, parts, staging

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

LEGAL = {"changed": False, "person": "法務　太郎", "department": "大阪支店総務部", "recipient": "架空　花子"}


@pytest.fixture
def base(clock):
    made = staging.base(clock)
    VoiceContract.objects.filter(pk=made.voice_contract_id).update(
        service_type=VoiceContract.ServiceType.UNIVERSAL_CLOUD, address="大阪府大阪市架空区1-2-3"
    )
    made.voice_contract.refresh_from_db()
    return made


def done(clock, base, kind):
    """An order of the law's record (its file is another test's), brought to 工事完了."""
    draft = by_date.draft(base, by_date.new(3, kind))
    document = Document.objects.create(
        customer_id=draft.customer_id,
        order=draft,
        kind="numbering.dial_in.legal",
        name="record.pdf",
        content_type="application/pdf",
        size=9,
        sha256="0" * 64,
        stored="ab/" + "ab" * 16,
        uploaded_by=by_date.actor_of(draft),
        uploaded_at=draft.created_at,
    )
    by_date.change(draft, legal={**LEGAL, "document": str(document.uuid)})
    return staging.brought(clock, by_date.place(draft), Stage.DONE, builders.operator())


def test_it_goes_to_the_place_of_use_once_the_numbers_are_there(clock, base):
    order = done(clock, base, Kind.GEOGRAPHIC)
    letter = Letter.objects.get(reference=order.request_id)
    text = json.loads(vault.open_sealed(bytes(letter.sealed or b""), context=f"work.letter:sealed:{letter.pk}"))
    assert (text["address"], text["count"]) == ("大阪府大阪市架空区1-2-3", 3)
    printed = letters._html(letter)
    for words in (
        "大阪府大阪市架空区1-2-3",
        "大阪支店総務部",
        "架空　花子 様",
        base.voice_contract.number,
        "2026年12月7日",
    ):
        assert words in printed


def test_where_the_law_asks_nothing_nothing_is_sent(clock, base):
    parts.free(5, kind=Kind.IP_050)
    done(clock, base, Kind.IP_050)
    assert not Letter.objects.exists()
