"""Colleagues at one draft: nobody overwrites what another one has saved without having seen it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from numbering.dial_in.models import DialInPart, DialInPartInput
from numbering.dial_in.services import inputs
from numbering.dial_in.services import parts as saving
from selfcare.orders.models import Order
from tests.numbering.dial_in.entering import Office, added, rows_of, save, url

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def office(clock):
    return Office()


def change(page, order, part, count):
    """Up to the check page, without saving."""
    page.post(url("rows", order.uuid, part.pk), rows_of({"kind": "0abj", "count": str(count), "was": "0"}))


def test_a_colleagues_newer_version_is_shown_beside_ones_own(office, as_user):
    order = office.draft()
    part = office.part(order, [added(3)])
    mine, theirs = as_user(office.owner), as_user(office.colleague)
    change(mine, order, part, 10)
    change(theirs, order, part, 20)
    assert save(theirs, order, part.pk).status_code == 302
    answer = save(mine, order, part.pk)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "続き 次郎 さんが" in text
    assert [row.count for row in answer.context["rows"]] == [10]
    assert [row.count for row in answer.context["their_rows"]] == [20]
    part.refresh_from_db()
    assert part.rows == [added(20)]
    # Having seen it, one may go over it.
    assert save(mine, order, part.pk, version=2).status_code == 302
    part.refresh_from_db()
    assert (part.rows, part.version, part.updated_by) == ([added(10)], 3, office.owner)


def test_the_button_under_an_older_version_does_not_go_over_a_newer_one(office, as_user):
    order = office.draft()
    part = office.part(order, [added(3)])
    mine, theirs = as_user(office.owner), as_user(office.colleague)
    change(mine, order, part, 10)
    for count in (20, 30):
        change(theirs, order, part, count)
        assert save(theirs, order, part.pk).status_code == 302
    assert save(mine, order, part.pk, version=2).status_code == 409
    part.refresh_from_db()
    assert part.rows == [added(30)]


def test_ones_own_input_can_be_given_up_for_the_colleagues_version(office, as_user):
    order = office.draft()
    part = office.part(order, [added(3)])
    mine = as_user(office.owner)
    change(mine, order, part, 10)
    assert mine.post(url("part-drop", order.uuid, part.pk))["Location"] == url("menu", order.uuid)
    assert not DialInPartInput.objects.exists()
    assert mine.get(url("rows", order.uuid, part.pk)).context["rows"][0].cells["count"].value == "3"


def test_a_part_that_a_colleague_removed_is_saved_as_a_new_one(office, as_user):
    order = office.draft()
    part = office.part(order, [added(3)])
    mine, theirs = as_user(office.owner), as_user(office.colleague)
    change(mine, order, part, 10)
    assert theirs.post(url("part-remove", order.uuid, part.pk), {"version": 1}).status_code == 302
    shown = mine.get(url("part-check", order.uuid, part.pk))
    assert "ほかの方がこの内容を削除しました" in shown.content.decode()
    assert save(mine, order, part.pk).status_code == 302
    assert [one.rows for one in DialInPart.objects.all()] == [[added(10)]]


def test_a_part_that_a_colleague_saved_is_not_removed_unseen(office, as_user):
    order = office.draft()
    part = office.part(order, [added(3)])
    mine, theirs = as_user(office.owner), as_user(office.colleague)
    change(theirs, order, part, 20)
    save(theirs, order, part.pk)
    answer = mine.post(url("part-remove", order.uuid, part.pk), {"version": 1})
    assert answer.status_code == 409
    assert [row.count for row in answer.context["rows"]] == [20]
    assert DialInPart.objects.filter(pk=part.pk).exists()


def test_the_list_of_drafts_says_who_touched_them_last(office, as_user):
    order = office.draft()
    page = as_user(office.colleague)
    change(page, order, office.part(order), 8)
    save(page, order, DialInPart.objects.get().pk)
    text = as_user(office.owner).get(url("")).content.decode()
    assert "続き 次郎" in text
    assert str(order.uuid) in text


def _race(order, part, first, second, save_one):
    """Both have opened version 1; returns what became of the two saves at the same moment."""
    gate = Barrier(2, timeout=20)

    def one(actor, count):
        try:
            gate.wait()
            save_one(order, part, actor, count)
            return "saved"
        except saving.Overtaken:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(one, (first, second), (10, 20)))


def _save(order, part, actor, count):
    content = saving.Content(kind="add", base_id=part.base_id, rows=[added(count)])
    saving.save_part(order=order, part_id=part.pk, version=1, content=content, actor=actor)


@pytest.mark.faults
@pytest.mark.serial
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_saves_at_once_one_is_told(office):
    for _turn in range(5):
        order = office.draft()
        part = office.part(order, [added(3)])
        assert _race(order, part, office.owner, office.colleague, _save) == ["saved", "told"]
        part.refresh_from_db()
        assert part.version == 2
        order.refresh_from_db()
        assert order.data["revision"] == 2


@pytest.mark.faults
@pytest.mark.serial
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_without_the_lock_both_are_saved_and_one_is_lost(office):
    """The same test, version and all, without the order's row locked: it can see what the lock prevents."""
    met = Barrier(2, timeout=20)

    def unlocked(order, part, actor, count):
        with transaction.atomic():
            read = Order.objects.get(pk=order.pk)
            kept = DialInPart.objects.get(pk=part.pk)
            if kept.version != 1:
                raise saving.Overtaken(kept)
            met.wait()
            kept.rows, kept.version = [added(count)], kept.version + 1
            kept.save(update_fields=["rows", "version"])
            read.data = {**read.data, "revision": read.data["revision"] + 1}
            read.save(update_fields=["data"])

    order = office.draft()
    part = office.part(order, [added(3)])
    assert _race(order, part, office.owner, office.colleague, unlocked) == ["saved", "saved"]
    order.refresh_from_db()
    assert order.data["revision"] == 2  # one of three saves is lost


def test_a_colleagues_day_is_not_put_back_by_who_has_not_touched_it(office, as_user):
    order = office.draft()
    part = office.part(order, [added(3, shown_number="0312345678")])
    mine = as_user(office.owner)
    change(mine, order, part, 10)
    content = saving.Content("add", office.base.pk, [added(1)], free_dial_until="2026-12-24")
    saving.save_part(order=order, part_id=None, version=0, content=content, actor=office.colleague)
    assert save(mine, order, part.pk).status_code == 302
    order.refresh_from_db()
    assert order.data["free_dial_until"] == "2026-12-24"


def test_the_list_takes_as_many_queries_for_twenty_drafts_as_for_one(office, as_user):
    page = as_user(office.owner)
    counts = []
    for more in (1, 19):
        for _n in range(more):
            office.draft()
        with CaptureQueriesContext(connection) as asked:
            assert page.get(url("")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_menu_takes_as_many_queries_for_ten_parts_as_for_one(office, as_user):
    order, page = office.draft(), as_user(office.owner)
    counts = []
    for more in (1, 9):
        for _n in range(more):
            office.part(order)
        with CaptureQueriesContext(connection) as asked:
            assert page.get(url("menu", order.uuid)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_was_entered_for_an_order_that_ended_is_erased_after_thirty_days(office, as_user, clock):
    page = as_user(office.owner)
    ended, going_on = office.draft(), office.draft()
    for order in (ended, going_on):
        page.post(url("part", order.uuid, "add"), {"method": "screen", "base": office.base.pk})
    saving.discard(order=ended, actor=office.owner)
    clock.set("2026-12-20 09:59")
    assert inputs.erase_old() == 0
    clock.set("2026-12-20 10:00")
    assert inputs.erase_old() == 1
    assert DialInPartInput.objects.get().order == going_on
