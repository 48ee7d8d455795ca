"""The letter that asks to confirm the use of new geographic numbers on the cloud plan (spec 5.3)."""

import io
import json

import pypdf
import pytest
from django.urls import reverse

from numbering.dial_in.models import VoiceContract
from numbering.dial_in.stages import Stage
from numbering.models import Kind
from selfcare import vault
from selfcare.documents.models import Document
from selfcare.work import letters
from selfcare.work.models import Letter
from tests import builders
from tests.numbering.dial_in import by_date, parts, staging
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

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
    draft = with_record(by_date.draft(base, by_date.new(3, kind)))
    return staging.brought(clock, by_date.place(draft), Stage.DONE, builders.operator())


def with_record(draft):
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
    return by_date.change(draft, legal={**LEGAL, "document": str(document.uuid)})


def text_of(letter):
    return json.loads(vault.open_sealed(bytes(letter.sealed or b""), context=f"work.letter:sealed:{letter.pk}"))


def test_it_goes_to_the_place_of_use_once_the_numbers_are_there(clock, base):
    order = done(clock, base, Kind.GEOGRAPHIC)
    letter = Letter.objects.get(reference=order.request_id)
    text = text_of(letter)
    assert (text["address"], text["count"]) == ("大阪府大阪市架空区1-2-3", 3)
    printed = letters._html(letter)
    for words in (
        "大阪府大阪市架空区1-2-3",
        "大阪支店総務部",
        "架空　花子 様",
        base.voice_contract.number,
        "2026年12月7日",
        order.request_id,
        "03-2000-0000～03-2000-0002（3番号）",
        "ご利用になることをご確認ください",
    ):
        assert words in printed


def test_of_many_numbers_it_names_the_new_geographic_ones_only(clock, base):
    mine = parts.dial_ins(parts.base(base.voice_contract))[0]
    parts.free(5, kind=Kind.IP_050)
    draft = with_record(by_date.draft(base, by_date.new(2), by_date.new(1, Kind.IP_050), date="2026-12-28"))
    moved = by_date.port(mine.digits, move=True, carrier1="", line_kind="")
    by_date.part(draft, base, by_date.port("0312349999"), moved)
    order = staging.brought(clock, by_date.place(draft), Stage.ARRANGED, builders.operator())
    clock.set("2026-12-28 10:00")
    order = staging.STEPS[Stage.DONE](order, builders.operator())
    text = text_of(Letter.objects.get(reference=order.request_id))
    assert (len(order.result["numbers"]), text["count"]) == (5, 3)
    assert text["numbers"] == "03-1234-9999、03-2000-0000～03-2000-0001（2番号）"


def test_a_site_without_an_address_has_its_customers(clock, base):
    VoiceContract.objects.filter(pk=base.voice_contract_id).update(address="")
    order = done(clock, base, Kind.GEOGRAPHIC)
    printed = letters._html(Letter.objects.get(reference=order.request_id))
    window, body = printed.split("<h1>")
    assert order.customer.address
    assert order.customer.address in window
    assert order.customer.address in body


def test_operators_see_it_print_it_and_mark_it_sent_like_the_others(clock, base):
    order = done(clock, base, Kind.GEOGRAPHIC)
    letter = Letter.objects.get(reference=order.request_id)
    client, listed = inside(operator_of("provisioning")), reverse("admin:work_letter_changelist")
    assert order.request_id in client.get(listed).content.decode()
    chosen = {"_selected_action": [letter.pk]}
    pdf = pypdf.PdfReader(io.BytesIO(client.post(listed, {"action": "print_batch", **chosen}).content))
    assert len(pdf.pages) == 1
    on_paper = "".join(pdf.pages[0].extract_text().split())
    assert "ご利用の確認のお願い" in on_paper
    assert "大阪支店総務部" in on_paper
    client.post(listed, {"action": "mark_sent", **chosen})
    letter.refresh_from_db()
    assert (letter.state, letter.sealed) == ("sent", None)


def test_where_the_law_asks_nothing_nothing_is_sent(clock, base):
    parts.free(5, kind=Kind.IP_050)
    done(clock, base, Kind.IP_050)
    assert not Letter.objects.exists()
