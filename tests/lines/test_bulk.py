"""One procedure for ticked lines: asked once, judged line by line, other customers' lines unknown."""

import pytest
from django.urls import reverse

from lines.models import Line
from lines.views import bulk
from selfcare.accounts.models import Role
from selfcare.orders.models import Batch, BatchRefusal, Order
from tests import builders
from tests.alone import stands_in
from tests.lines import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def lines(clock):
    """Three voice lines in use, one of them with the plan that the others may want, and a suspended one."""
    clock.set("2026-11-20 14:00")
    parts.service()
    contract = parts.contract()
    made = [parts.line(contract=contract) for _n in range(2)]
    made.append(parts.line(contract=contract, plan="voice_1gb"))
    return [*made, parts.line(contract=contract, status="suspended")]


@pytest.fixture
def user(lines):
    return builders.user(customer=lines[0].customer, role=Role.MEMBER)


def send(user, code, lines=(), **more):
    fields = {"procedure": code, "line": [one.pk for one in lines], **more}
    return log_in(user).post("/lines/bulk/", fields)


def drafted(response):
    """Lines that have become drafts, and what is said of the others."""
    batch = Batch.objects.get()
    assert response.url == reverse("orders:batch_confirm", args=[batch.uuid])
    wished = set(Order.objects.filter(batch=batch).values_list("subject_id", flat=True))
    return batch, wished, list(BatchRefusal.objects.filter(batch=batch).values_list("label", "reason"))


def test_ticked_lines_without_anything_to_type_go_to_their_confirm_page(lines, user):
    response = send(user, "lines.suspend", lines, filter="status=active&after=1")
    batch, wished, refused = drafted(response)
    assert (wished, refused, batch.count) == ({one.pk for one in lines}, [], 4)
    assert batch.back == "/lines/?status=active"
    page = log_in(user).get(response.url).content.decode()
    assert "「中断中」のため" in page


def test_the_form_is_shown_once_with_what_any_of_the_lines_can_have(lines, user):
    response = send(user, "lines.plan", lines)
    (form,) = response.context["forms"]
    values = [value for value, _label in form.fields["plan"].choices]
    assert sorted(values) == ["voice_1gb", "voice_20gb", "voice_3gb", "voice_lite"]
    assert Batch.objects.count() == 0
    assert response.context["ids"] == ",".join(str(one.pk) for one in lines)


def test_what_is_typed_holds_for_all_and_each_line_is_judged(lines, user):
    ids = send(user, "lines.plan", lines).context["ids"]
    given = {"procedure": "lines.plan", "lines": ids, "given": "1", "plan": "voice_1gb"}
    response = log_in(user).post("/lines/bulk/", given)
    _batch, wished, refused = drafted(response)
    assert wished >= {lines[0].pk, lines[1].pk}
    assert [label for label, _reason in refused] == [str(lines[2])]


def test_what_no_line_can_have_is_said_on_the_page(lines, user):
    response = send(user, "lines.terminate", lines[:1], given="1", ends_on="2026-10-01")
    assert response.context["form"].errors["ends_on"]
    assert "エラー：" in response.content.decode()
    assert Batch.objects.count() == 0


def test_options_that_are_not_touched_stay_as_they_are_on_every_line(lines, user):
    Line.objects.filter(pk=lines[0].pk).update(options={"voicemail": True})
    (form,) = send(user, "lines.voice_options", lines[:2]).context["forms"]
    assert form.fields["voicemail"].choices[0] == ("", "変更しない")
    assert form["voicemail"].initial == ""
    response = send(user, "lines.voice_options", lines[:2], given="1", call_waiting="on", day="first")
    drafted(response)
    wanted = [order.data["options"] for order in Order.objects.filter(batch__isnull=False)]
    assert wanted == [{"call_waiting": True}] * 2


def test_a_pin_lies_in_no_draft_and_on_no_page(lines, user):
    response = send(user, "lines.voice_options", lines[:2], given="1", day="first", pin="0592")
    assert not stands_in("0592", log_in(user).get(response.url).content.decode())
    assert [one for one in Order.objects.all() if stands_in("0592", str(one.data))] == []


def test_a_sim_is_not_rewritten_by_one_number_for_many_lines(lines, user):
    (form,) = send(user, "lines.sim_reissue", lines).context["forms"]
    assert "ota" not in dict(form.fields["method"].choices)
    assert "serial" not in form.fields


def test_all_that_the_filter_finds_is_taken_without_ticks(lines, user):
    response = send(user, "lines.suspend", all="1", filter="status=active")
    _batch, wished, _refused = drafted(response)
    assert wished == {one.pk for one in lines[:3]}


def test_other_customers_lines_are_as_unknown_as_those_of_nobody(lines, user):
    theirs = parts.line(contract=parts.contract())
    for unknown in (theirs.pk, 10**12):
        response = log_in(user).post("/lines/bulk/", {"procedure": "lines.suspend", "line": [unknown]})
        assert response["Location"] == "/lines/"
    response = log_in(user).post("/lines/bulk/", {"procedure": "lines.suspend", "line": [lines[0].pk, theirs.pk]})
    _batch, wished, refused = drafted(response)
    assert (wished, refused) == ({lines[0].pk}, [])


def test_nothing_ticked_and_too_much_ticked_go_back_to_the_list_with_a_word(lines, user):
    client = log_in(user)
    for ids, word in (
        (f"x,-1, ,{10**12}" * 3, "選んでください"),
        (",".join(map(str, range(1, bulk.TICKED + 2))), "1,000件まで"),
    ):
        response = client.post("/lines/bulk/", {"procedure": "lines.suspend", "lines": ids}, follow=True)
        assert word in response.content.decode()
        assert response.redirect_chain == [("/lines/", 302)]


def test_lines_for_which_nothing_can_be_ordered_say_why(lines, user):
    response = send(user, "lines.plan", [lines[3]])
    assert "中断中" in response.context["problem"]
    assert response.context["forms"] == []


def test_without_a_procedure_one_is_sent_back_to_choose(lines, user):
    assert send(user, "", lines, filter="status=active")["Location"] == "/lines/?status=active"


@pytest.mark.parametrize("code", ["lines.none", "numbering.add", "tests.toy"])
def test_a_procedure_that_is_none_of_lines_is_not_there(lines, user, code):
    assert send(user, code, lines).status_code == 404


def test_who_only_looks_orders_nothing(lines):
    viewer = builders.user(customer=lines[0].customer, role=Role.VIEWER)
    assert send(viewer, "lines.suspend", lines).status_code == 403
