"""The pages of the wizard by themselves: choosing base numbers, rows, the contact person, going on with old drafts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.dial_in.forms.contact import remembered
from numbering.dial_in.models import VoiceContract
from numbering.models import Kind
from selfcare import clock as clocks
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import at_once, parts
from tests.numbering.dial_in.at_once import CONTACT, ENTRY, at, fresh, line, row, table

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    clock.set("2026-11-20 10:00")
    return at_once.office()


def text(answer) -> str:
    return str(answer.content.decode())


def by_screen(office):
    order = office.begin()
    office.post(at(order, "method"), method="screen")
    return order


def listed(answer):
    return [one.base for one in answer.context["rows"]]


def test_base_numbers_are_found_by_contract_base_and_dial_in_number(office):
    sites = [parts.voice_contract(office.group) for _n in range(3)]
    bases = [parts.base(site) for site in sites]
    (hanging,) = parts.dial_ins(bases[1], first="399887766")
    order = by_screen(office)
    for query, found in [
        (sites[0].number, bases[0]),
        (sites[0].number[1:].lower(), bases[0]),
        (bases[2].digits, bases[2]),
        (hanging.digits, bases[1]),
        ("０３-9988-77", bases[1]),
    ]:
        assert listed(office.page.get(at(order, "bases"), {"q": query})) == [found], query
    for query in ("0000000000", "%", "'", "N%", "\x00", "9" * 300):
        assert office.page.get(at(order, "bases"), {"q": query}).status_code == 200


def test_choosing_goes_on_over_pages_and_searches(office):
    bases = [office.base, *(parts.base(office.voice) for _n in range(120))]
    order = by_screen(office)
    first = office.page.get(at(order, "bases"))
    assert len(listed(first)) == 100
    after = first.context["page"].after
    answer = office.page.post(at(order, "bases"), {"pick": bases[3].pk, "go": f"after:{after}"})
    second = office.page.get(answer.url)
    assert len(listed(second)) == 21
    assert [base.pk for base in second.context["chosen"]] == [bases[3].pk]
    answer = office.page.post(answer.url, {"pick": bases[110].pk, "go": "search", "q": bases[7].digits})
    assert answer.url.endswith(f"?q={bases[7].digits}")
    third = office.page.get(answer.url)
    assert listed(third) == [bases[7]]
    answer = office.page.post(
        answer.url, {"pick": bases[7].pk, "remove": bases[3].pk, "searched": bases[7].digits, "q": "x"}
    )
    assert answer.url.endswith(f"?q={bases[7].digits}")
    assert fresh(order).data["bases"] == [bases[110].pk, bases[7].pk]


def test_a_hundred_base_numbers_can_be_chosen_on_the_screen_and_no_more(office):
    bases = [parts.base(office.voice) for _n in range(101)]
    order = by_screen(office)
    answer = office.post(at(order, "bases"), pick=[base.pk for base in bases])
    assert "100件までです" in text(answer)
    assert len(fresh(order).data["bases"]) == 100
    assert office.page.get(at(order, "contents")).status_code == 200


def test_base_numbers_that_may_not_are_listed_disabled_with_reason_and_sent_in_vain(office):
    members = parts.base(parts.voice_contract(office.group, members_net=True))
    order = by_screen(office)
    page = text(office.page.get(at(order, "bases")))
    assert "メンバーズネットのご契約のため" in page
    assert f'value="{members.pk}" id="pick-{members.pk}"' in page
    office.post(at(order, "bases"), pick=[members.pk])
    assert not fresh(order).data.get("bases")


def test_a_page_of_a_hundred_asks_no_more_than_one_of_ten(office):
    for _n in range(9):
        parts.base(parts.voice_contract(office.group))
    order = by_screen(office)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.page.get(at(order, "bases")).status_code == 200
        return len(queries)

    few = asked()
    for _n in range(90):
        parts.base(parts.voice_contract(office.group, service_type=VoiceContract.ServiceType.SMART_PBX))
    assert asked() == few


def test_rows_are_added_and_removed_without_losing_what_was_typed(office):
    order = office.on_screen()
    typed = row(office.base, count="abc")
    answer = office.post(at(order, "contents"), **{**typed, "go": f"add:new-{office.base.pk}"})
    assert answer.url == f"{at(order, 'contents')}#base-{office.base.pk}"
    office.post(
        at(order, "contents"),
        **typed,
        **{**row(office.base, place=1, kind=Kind.IP_050, count=4), "go": f"add:code-{office.base.pk}"},
    )
    assert [(one["count"], one["by_code"]) for one in fresh(order).data["typed"]] == [
        ("abc", False),
        ("4", False),
        ("", True),
    ]
    removed = {"go": f"remove:new-{office.base.pk}-0"}
    office.post(at(order, "contents"), **typed, **{**row(office.base, place=1, kind=Kind.IP_050, count=4), **removed})
    assert [one["count"] for one in fresh(order).data["typed"]] == ["4"]


def test_what_goes_back_is_kept_and_what_is_wrong_is_never_ordered(office):
    order = office.filled(count=2)
    answer = office.post(at(order, "contact"), **{**CONTACT, "mail": "no mail", "go": "back"})
    assert answer.url == at(order, "contents")
    assert "contact" not in fresh(order).data
    assert 'value="no mail"' in text(office.page.get(at(order, "contact")))
    answer = office.post(at(order, "contents"), **{**row(office.base, count="two"), "go": "back"})
    assert answer.url == at(order, "bases")
    data = fresh(order).data
    assert data["typed"][0]["count"] == "two"
    assert data["rows"] == []
    assert "two" in text(office.page.get(at(order, "contents")))


def test_the_blocks_that_were_found_are_told_before_going_on(office):
    parts.free(40, first="320000000")
    parts.free(3, first="320000100")
    order = office.on_screen()
    answer = office.post(at(order, "contents"), **{**row(office.base, count=42), "go": "check"})
    assert "03-2000-0000～03-2000-0039（40番号）、03-2000-0100～03-2000-0101（2番号）" in answer.context["found"][0]


def test_a_voice_contract_without_emergency_calls_says_so_wherever_it_matters(office):
    quiet = parts.base(parts.voice_contract(office.group, emergency_calls=False))
    parts.free(5)
    order = office.on_screen(quiet)
    words = f"{quiet.voice_contract.number}は緊急通報をご利用いただけないご契約です。"
    assert words in text(office.page.get(at(order, "contents")))
    office.post(at(order, "contents"), **row(quiet, count=1))
    office.post(at(order, "contact"), **CONTACT)
    assert words in text(office.page.get(f"/orders/{order.uuid}/confirm/"))


def test_the_contact_person_is_put_right_and_remembered(office):
    parts.free(5)
    order = office.filled()
    office.post(at(order, "contact"), **{**CONTACT, "kana": "たんとう ﾊﾅｺ", "phone": "０３（１２３４）５６７８"})
    assert fresh(order).data["contact"] == {**CONTACT, "kana": "タントウ ハナコ", "phone": "0312345678"}
    office.press(order)
    assert remembered(office.user) == {**CONTACT, "kana": "タントウ ハナコ"}
    second = office.on_screen()
    office.post(at(second, "contents"), **row(office.base, count=1))
    assert 'value="担当 花子"' in text(office.page.get(at(second, "contact")))


@pytest.mark.parametrize(
    ("name", "value"),
    [("kana", "花子"), ("phone", "110"), ("phone", "1234567890"), ("mail", "x"), ("name", ""), ("company", "あ" * 81)],
)
def test_what_is_no_contact_is_refused(office, name, value):
    order = office.on_screen()
    assert name in office.post(at(order, "contact"), **{**CONTACT, name: value}).context["form"].errors


def test_a_draft_whose_time_is_over_is_gone_on_with_as_a_new_one(office):
    parts.free(5)
    order = office.filled(count=2)
    Order.objects.filter(pk=order.pk).update(state=State.EXPIRED, finished_at=clocks.now() - timedelta(hours=1))
    assert "入力から時間がたっています" in text(office.page.get(at(order, "contact")))
    answer = office.post(at(order, "contact"), **CONTACT)
    again = Order.objects.exclude(pk=order.pk).get()
    assert answer.url == f"/orders/{again.uuid}/confirm/"
    assert office.press(again).state == State.COMPLETED
    assert fresh(order).state == State.EXPIRED


def test_changing_the_way_leaves_out_what_was_entered_the_other_way(office):
    order = office.filled(count=2)
    office.post(at(order, "method"), method="file")
    assert "rows" not in fresh(order).data
    office.send(order, table(line(office.base, count=9)))
    office.post(at(order, "method"), method="screen")
    data = fresh(order).data
    assert "rows" not in data
    # Coming back, the rows are as they were typed; they have to be gone through once more.
    assert data["typed"][0]["count"] == "2"
    assert "file" not in data


def test_the_entry_lists_groups_and_says_what_is_there(office):
    parts.group(office.contract)
    page = office.page.get(ENTRY)
    assert [group.code for group in page.context["groups"]] == sorted(
        group.code for group in office.contract.voice_groups.all()
    )
