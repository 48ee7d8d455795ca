"""A construction-date order entered part by part: begun, saved, opened again, removed; what is typed is never lost."""

from typing import Any

import pytest

from numbering.dial_in.models import DialInPart, DialInPartInput
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.numbering.dial_in import parts
from tests.numbering.dial_in.entering import (
    Office,
    added,
    choose_base,
    return_for_correction,
    rows_of,
    save,
    url,
)

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


def test_a_draft_begins_with_group_consent_and_one_voice_contract(office, page):
    assert page.get(url("")).status_code == 200
    assert not Order.objects.exists()
    asked = page.get(url("consent"), {"group": office.group.code})
    assert asked.status_code == 200
    address = f"{url('consent')}?group={office.group.code}"
    assert page.post(address, {"privacy": "on"}).context["form"].errors.keys() == {"important"}
    answer = page.post(address, {"privacy": "on", "important": "on"})
    assert answer.status_code == 302
    choice = page.get(answer["Location"])
    assert choice.status_code == 200
    assert not Order.objects.exists()
    sent = {"voice_contract": office.site.pk, "key": choice.context["key"]}
    answer = page.post(answer["Location"], sent)
    # Pressed twice it is one draft.
    order = Order.objects.get()
    again = page.post(choice.wsgi_request.get_full_path(), sent)
    assert answer["Location"] == again["Location"] == url("menu", order.uuid)
    assert Order.objects.get() == order
    assert (order.state, order.subject_id, order.contract_id) == ("draft", office.site.pk, office.contract.pk)
    assert order.data["consent"]["version"]
    assert order.data["consent"]["at"].startswith("2026-11-20T10:00")
    assert order.expires_at == order.created_at + order.handler.draft_life


def test_a_part_is_entered_page_by_page_saved_and_opened_again(office, page):
    order = office.draft()
    assert page.get(url("menu", order.uuid)).status_code == 200
    assert page.get(url("part", order.uuid, "add")).status_code == 200
    assert choose_base(page, order, "add", office.base)["Location"] == url("rows", order.uuid, "add")
    assert page.get(url("rows", order.uuid, "add")).status_code == 200
    rows = rows_of({"kind": "0abj", "count": "12"}, {"kind": "050", "count": "３"})
    answer = page.post(url("rows", order.uuid, "add"), rows)
    functions = url("functions", order.uuid, "add")
    assert answer["Location"] == functions
    assert "番号払出待ち" in page.get(functions).content.decode()
    assert page.post(functions, {"f-0": "yes", "f-1": "no", "go": "tab-shown_number"}).status_code == 302
    sent = {"f-0": "03-1234-5678", "f-1": "", "free_dial_until": "2026-12-24", "go": "check"}
    answer = page.post(f"{functions}?tab=shown_number", sent)
    assert answer["Location"] == url("part-check", order.uuid, "add")
    assert page.get(answer["Location"]).status_code == 200
    # Nothing is part of the order before it is saved.
    assert not DialInPart.objects.exists()
    assert save(page, order, "add")["Location"] == url("menu", order.uuid)
    part = DialInPart.objects.get()
    chosen: dict[str, Any] = {"message_box": True, "shown_number": "0312345678"}
    assert part.rows == [added(12, **chosen), added(3, kind="050")]
    assert (part.base, part.version, part.updated_by) == (office.base, 1, office.owner)
    order.refresh_from_db()
    assert (order.data["revision"], order.data["free_dial_until"]) == (1, "2026-12-24")
    assert not DialInPartInput.objects.exists()
    opened = page.get(url("rows", order.uuid, part.pk))
    assert [row.cells["count"].value for row in opened.context["rows"]] == ["12", "3"]


def test_what_was_entered_survives_a_lost_session_and_is_nobody_elses(office, page, as_user):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "7"}))
    page.session.flush()
    assert page.post(url("part-check", order.uuid, "add"))["Location"].startswith("/login/")
    again = as_user(office.owner)
    assert "保存していない入力" in again.get(url("menu", order.uuid)).content.decode()
    assert again.get(url("rows", order.uuid, "add")).context["rows"][0].cells["count"].value == "7"
    colleague = as_user(office.colleague)
    assert "保存していない入力" not in colleague.get(url("menu", order.uuid)).content.decode()
    assert colleague.get(url("rows", order.uuid, "add")).status_code == 302


def test_rows_are_added_and_removed_without_storing_anything(office, page):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    kept = DialInPartInput.objects.get().content
    address = url("rows", order.uuid, "add")
    answer = page.post(address, rows_of({"kind": "0abj", "count": "5"}, do="more"))
    assert [row.cells["count"].value for row in answer.context["rows"]] == ["5", ""]
    answer = page.post(address, rows_of({"kind": "0abj", "count": "5"}, {"kind": "050", "count": "8"}, do="remove-0"))
    assert [row.cells["count"].value for row in answer.context["rows"]] == ["8"]
    assert DialInPartInput.objects.get().content == kept


def test_functions_stay_with_their_row_when_another_one_is_removed(office, page):
    order = office.draft()
    part = office.part(order, [added(5), added(8, message_box=True)])
    address = url("rows", order.uuid, part.pk)
    page.post(address, rows_of({"kind": "0abj", "count": "9", "was": "1"}))
    page.post(url("functions", order.uuid, part.pk), {"f-0": "yes", "go": "check"})
    assert save(page, order, part.pk).status_code == 302
    part.refresh_from_db()
    assert part.rows == [added(9, message_box=True)]
    assert part.version == 2


def test_a_part_is_removed_after_asking(office, page):
    order = office.draft()
    part = office.part(order)
    assert page.get(url("part-remove", order.uuid, part.pk)).status_code == 200
    assert DialInPart.objects.exists()
    assert page.post(url("part-remove", order.uuid, part.pk), {"version": 1})["Location"] == url("menu", order.uuid)
    assert not DialInPart.objects.exists()
    order.refresh_from_db()
    assert order.data["revision"] == 2
    gone = page.get(url("rows", order.uuid, part.pk))
    assert gone.status_code == 404
    assert "この内容は削除されています" in gone.content.decode()


def test_a_draft_is_thrown_away_and_its_parts_go_on_in_a_new_one(office, page):
    order = office.draft()
    office.part(order, [added(4)])
    assert page.get(url("discard", order.uuid)).status_code == 200
    assert page.post(url("discard", order.uuid))["Location"] == url("")
    order.refresh_from_db()
    assert order.state == State.EXPIRED
    closed = page.get(url("menu", order.uuid))
    assert closed.status_code == 409
    consent = page.post(closed.context["again_url"], {"privacy": "on", "important": "on"})
    choice = page.get(consent["Location"])
    made = page.post(consent["Location"], {"voice_contract": office.site.pk, "key": choice.context["key"]})
    new = Order.objects.exclude(pk=order.pk).get()
    assert made["Location"] == url("menu", new.uuid)
    assert [part.rows for part in new.dial_in_parts.all()] == [[added(4)]]


def test_an_expired_draft_says_so_and_keeps_what_is_sent(office, page, clock):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    clock.set("2026-12-21 10:00")
    answer = page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "6"}))
    assert answer.status_code == 409
    assert "期限が過ぎたか、削除されました" in answer.content.decode()
    assert DialInPartInput.objects.get().content["rows"] == [added(6)]
    assert save(page, order, "add").status_code == 409
    assert not DialInPart.objects.exists()


def test_an_order_accepted_meanwhile_takes_no_part_but_keeps_what_was_typed(office, page):
    order = office.draft()
    choose_base(page, order, "add", office.base)
    page.post(url("rows", order.uuid, "add"), rows_of({"kind": "0abj", "count": "6"}))
    return_for_correction(order)
    Order.objects.filter(pk=order.pk).update(state=State.ACKNOWLEDGED, phase="")
    assert page.get(url("menu", order.uuid))["Location"] == order.get_absolute_url()
    answer = save(page, order, "add")
    assert answer.status_code == 409
    assert "に申し込まれています" in answer.content.decode()
    assert not DialInPart.objects.exists()
    assert DialInPartInput.objects.get().content["rows"] == [added(6)]


def test_a_returned_order_is_corrected_like_a_draft(office, page):
    order = office.draft()
    part = office.part(order, [added(4)])
    return_for_correction(order)
    menu = page.get(url("menu", order.uuid))
    assert "設置場所をご確認ください。" in menu.content.decode()
    page.post(url("rows", order.uuid, part.pk), rows_of({"kind": "0abj", "count": "5", "was": "0"}))
    assert save(page, order, part.pk)["Location"] == url("menu", order.uuid)
    part.refresh_from_db()
    order.refresh_from_db()
    assert part.rows == [added(5)]
    assert (order.state, order.phase, order.data["revision"]) == (State.PENDING, "returned", 2)
    # It was accepted: it can be cancelled, not thrown away.
    assert page.post(url("discard", order.uuid))["Location"] == url("menu", order.uuid)
    order.refresh_from_db()
    assert order.state == State.PENDING


def test_another_voice_contract_chosen_after_going_back_is_another_draft(office, page):
    second = parts.voice_contract(office.group)
    parts.base(second)
    address = f"{url('consent')}?group={office.group.code}"
    choice = page.post(address, {"privacy": "on", "important": "on"})["Location"]
    key = page.get(choice).context["key"]
    for site in (office.site, second, second):
        page.post(choice, {"voice_contract": site.pk, "key": key})
    made = Order.objects.order_by("pk").values_list("subject_id", flat=True)
    assert list(made)[:2] == [office.site.pk, second.pk]
