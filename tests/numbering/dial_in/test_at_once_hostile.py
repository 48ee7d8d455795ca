"""What a person may not order at once, whatever he sends: other customers' things, edited fields, what has changed."""

from datetime import datetime
from uuid import uuid4

import pytest

from numbering.dial_in.models import DialInNumber, VoiceContract
from numbering.dial_in.services import works
from numbering.models import FreeNumber, Kind
from selfcare.accounts.models import Contract, Role
from selfcare.calendar import TOKYO
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import at_once, parts
from tests.numbering.dial_in.at_once import CONTACT, ENTRY, at, fresh, line, row, table
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
STEPS = ("consent", "method", "bases", "contents", "file", "contact")
OPENING = datetime(2026, 12, 1, 9, tzinfo=TOKYO)


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    return at_once.office()


@pytest.fixture
def rival(office):
    """Another company in front of the same wizard."""
    return at_once.office()


def text(answer) -> str:
    return str(answer.content.decode())


def refused(office, order, words: str) -> None:
    """Pressed, with whatever was shown before, nothing comes of it but the reason."""
    confirm = f"/orders/{order.uuid}/confirm/"
    free = FreeNumber.objects.count()
    answer = office.page.post(confirm, {"shown": office.page.get(confirm).context["shown"]})
    assert answer.status_code == 409
    assert words in text(answer)
    assert fresh(order).state == State.DRAFT
    assert FreeNumber.objects.count() == free


def test_another_customers_group_and_draft_are_not_there(office, rival):
    order = rival.filled()
    assert office.page.get(f"{ENTRY}new/{rival.group.pk}/").status_code == 404
    assert office.post(f"{ENTRY}new/{rival.group.pk}/?key={uuid4()}", agreed="on").status_code == 404
    for step in STEPS:
        assert office.page.get(at(order, step)).status_code == 404
        assert office.post(at(order, step), agreed="on", method="file", **CONTACT).status_code == 404
    for name in ("template", "correct"):
        assert office.page.get(f"{at(order, 'file')}{name}.csv").status_code == 404
    # Its key, guessed, opens nothing either.
    assert office.page.get(f"{ENTRY}new/{office.group.pk}/?key={order.uuid}").status_code == 404
    assert fresh(order).data == order.data


def test_a_draft_is_its_makers_only(office):
    order = office.filled()
    colleague = person("dial_in_colleague", customer=office.user.customer, role=Role.OWNER)
    page = log_in(colleague)
    assert page.get(at(order, "contents")).status_code == 404
    assert page.get(f"/orders/{order.uuid}/confirm/").status_code == 404


def test_viewers_and_contracts_without_the_function_are_kept_out(office):
    viewer = log_in(person("dial_in_viewer", customer=office.user.customer, role=Role.VIEWER))
    assert viewer.get(ENTRY).status_code == 403
    order = office.filled()
    Contract.objects.filter(pk=office.contract.pk).update(functions=[])
    assert office.page.get(ENTRY).status_code == 403
    assert office.page.get(at(order, "contents")).status_code == 403


def test_base_numbers_of_others_of_other_groups_and_of_ended_contracts_cannot_be_chosen(office, rival):
    elsewhere = parts.base(parts.voice_contract(parts.group(office.contract)))
    ended = parts.base(parts.voice_contract(office.group, ended_on="2026-10-31"))
    order = office.begin()
    office.post(at(order, "method"), method="screen")
    picked = [rival.base.pk, elsewhere.pk, ended.pk, "x", "9" * 30, -1]
    assert "1つ以上選んでください" in text(office.post(at(order, "bases"), pick=picked))
    assert not fresh(order).data.get("bases")


def test_rows_for_base_numbers_that_were_not_chosen_are_passed_over(office, rival):
    other = parts.base(office.voice)
    order = office.on_screen()
    answer = office.post(at(order, "contents"), **row(rival.base, count=5), **row(other, count=5))
    assert answer.status_code == 200
    assert fresh(order).data["rows"] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"count": "0"}, "1から2,000まで"),
        ({"count": "2001"}, "1から2,000まで"),
        ({"count": "-5"}, "1から2,000まで"),
        ({"count": "9" * 5000}, "1から2,000まで"),
        ({"count": "1001"}, "1,000番号を超える追加は"),
        ({"kind": "xyz", "count": "1"}, "どれかを入力してください"),
        ({"kind": "", "count": "1"}, "種類を選んでください"),
        ({"code": "RSV%_'--"}, "予約の中に見つかりません"),
    ],
)
def test_edited_fields_are_refused_beside_the_row(office, fields, words):
    order = office.on_screen()
    assert words in text(office.post(at(order, "contents"), **row(office.base, **fields)))
    assert fresh(order).data["rows"] == []


def test_a_nul_and_half_a_character_are_typed_in_vain(office):
    order = office.on_screen()
    bad = "1\x00\ud800"
    rows = [row(office.base, count=bad), row(office.base, kind=bad, count=1), row(office.base, code=bad)]
    for fields in rows:
        posted = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
        assert office.post(at(order, "contents"), **posted).status_code == 200
    assert office.post(at(order, "contact"), **{**CONTACT, "name": "a\x00b", "go": "back"}).status_code == 302
    assert office.post(at(order, "contact"), **{**CONTACT, "name": "a\x00b"}).status_code == 200
    assert office.post(at(order, "bases"), pick="1\x00", q="\x00", remove="\x00", searched="\x00").status_code == 302
    assert office.page.post(at(order, "bases"), {"q": "\x00", "go": "after:\x00"}).status_code == 302
    assert office.page.get(f"{at(order, 'bases')}?after=%00&q=%00").status_code == 200


def test_codes_of_others_used_withdrawn_late_or_of_another_kind_or_area_are_refused(office, rival):
    own = office.contract
    codes = {
        "予約の中に見つかりません": parts.reservation(rival.contract),
        "見つかりません": parts.reservation(parts.contract(customer=own.customer)),
        "すでにお申し込みに使われています": parts.reservation(own, order=rival.begin()),
        "お確かめください": parts.reservation(own, withdrawn_at=OPENING),
        "有効期限": parts.reservation(own, valid_until="2026-11-19"),
        "番号は050番号です": parts.reservation(own, kind=Kind.IP_050),
        "市外局番06": parts.reservation(own, area="06"),
    }
    for words, code in codes.items():
        order = office.on_screen()
        assert words in text(office.post(at(order, "contents"), **row(office.base, code=code.code))), words
        assert fresh(order).data["rows"] == []


def test_geographic_numbers_are_not_offered_where_they_need_construction(office):
    cloud = parts.base(parts.voice_contract(office.group, service_type=VoiceContract.ServiceType.UNIVERSAL_CLOUD))
    order = office.on_screen(cloud)
    page = text(office.page.get(at(order, "contents")))
    assert "工事が必要なため" in page
    assert '<option value="0abj"' not in page
    answer = office.post(at(order, "contents"), **row(cloud, count=1))
    assert "工事日を指定してお申し込みください" in text(answer)
    assert "工事日を指定してお申し込みください" in text(office.send(office.by_file(), table(line(cloud))))


def test_works_begun_between_the_pages_are_told_with_their_day_and_refused(office):
    parts.free(5)
    order = office.filled()
    parts.open_work(office.voice, OPENING)
    page = office.page.get(f"/orders/{order.uuid}/confirm/")
    assert "2026年12月3日(木)（竣工予定日）までは" in text(page)
    answer = office.page.post(f"/orders/{order.uuid}/confirm/", {"shown": "x"})
    assert answer.status_code == 409
    assert not DialInNumber.objects.exists()
    bases = office.page.get(at(order, "bases"))
    assert "できません" in text(bases)


def test_works_begun_at_the_very_moment_are_seen_by_the_counter_alone(office):
    """The checks have passed on what they read; the row that counts works is written only while it says none."""
    parts.free(5)
    order = office.filled()
    shown = office.page.get(f"/orders/{order.uuid}/confirm/").context["shown"]
    works.begin(voice_contract=office.voice.pk)
    # Nothing else tells: there is no open order to be found.
    answer = office.page.post(f"/orders/{order.uuid}/confirm/", {"shown": shown})
    assert answer.status_code == 409
    assert fresh(order).state == State.DRAFT
    works.end(voice_contract=office.voice.pk)
    assert office.press(order).state == State.COMPLETED


def test_a_contract_that_has_ended_between_the_pages_takes_nothing(office):
    parts.free(5)
    order = office.filled()
    VoiceContract.objects.filter(pk=office.voice.pk).update(ended_on="2026-11-19")
    assert "ご契約が終了しているため" in text(office.page.get(f"/orders/{order.uuid}/confirm/"))
    parts.contract(customer=office.user.customer)
    Contract.objects.filter(pk=office.contract.pk).update(state="ended", ended_on="2026-11-19")
    answer = office.page.get(at(order, "contents"))
    assert answer.url == f"/orders/{order.uuid}/confirm/"
    assert "ご契約が終了している" in text(office.page.get(answer.url))


def test_a_replayed_page_of_before_changes_an_accepted_order_no_more(office):
    parts.free(10)
    done = office.press(office.filled(count=2))
    for step in STEPS:
        answer = office.post(at(done, step), agreed="on", method="file", **row(office.base, count=9), **CONTACT)
        assert answer.url == f"/orders/{done.uuid}/"
    assert fresh(done).data == done.data
    assert Order.objects.count() == 1


def test_numbers_taken_meanwhile_come_back_as_a_change_to_agree_to(office, rival):
    digits = parts.free(6, first="320000000")
    order, other = office.filled(count=3), rival.filled(count=3)
    confirm = f"/orders/{order.uuid}/confirm/"
    shown = office.page.get(confirm).context["shown"]
    assert rival.press(other).result["numbers"] == digits[:3]
    answer = office.page.post(confirm, {"shown": shown})
    assert answer.status_code == 409
    assert "03-2000-0003～03-2000-0005" in text(answer)
    assert office.press(order).result["numbers"] == digits[3:]


def test_more_than_is_left_is_told_with_what_is_left(office):
    parts.free(2)
    order = office.on_screen()
    answer = office.post(at(order, "contents"), **row(office.base, count=3))
    assert "いまお申し込みいただけるのが2番号のため" in text(answer)
    office.post(at(order, "contact"), **CONTACT)
    confirm = office.page.get(f"/orders/{order.uuid}/confirm/")
    assert "いまお申し込みいただけるのが2番号のため" in text(confirm)
