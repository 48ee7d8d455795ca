"""The operators' buttons and pages for orders of construction."""

import pytest
from django.urls import reverse

from numbering.dial_in.stages import Stage, stage_of
from selfcare import clock as clocks
from tests.numbering.dial_in import by_date, parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.people import log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def base(clock):
    return staging.base(clock)


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def do(client, order, name, **data):
    return client.post(reverse("admin:orders_order_operate", args=[order.pk, name]), data)


def page_of(client, order):
    return client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()


def test_an_order_goes_its_way_by_the_buttons_of_its_page(client, clock, base):
    order = staging.ordered(base)
    page = reverse("admin:orders_order_change", args=[order.pk])
    for name, stage, moment in (
        ("stage-confirm", Stage.CONFIRMING, staging.ORDERED),
        ("stage-arrange", Stage.ARRANGED, staging.ORDERED),
        ("stage-finish", Stage.DONE, staging.OPENING),
        ("stage-complete", Stage.COMPLETED, staging.COMPLETION),
    ):
        clock.set(moment)
        assert f"/do/{name}/" in client.get(page).content.decode()
        assert do(client, order, name).status_code == 302, name
        assert stage_of(fresh(order)) == stage
        assert f"/do/{name}/" not in client.get(page).content.decode()
    assert "/do/stage-" not in client.get(page).content.decode()


def test_its_page_has_everything_that_was_entered(client, base):
    networks = {"add": ["10.1.2.0/24"], "delete": []}
    order = staging.ordered(base, by_date.new(3, message_box=True), networks=networks)
    page = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    for word in ("メッセージボックス", "10.1.2.0/24", "架空 太郎", "次の工程", "竣工の予定日", "rows.csv"):
        assert word in page, word
    file = client.get(reverse("admin:numbering_voicecontract_rows", args=[order.pk])).content.decode()
    assert file.count("\n") == 2
    assert "あり" in file


def test_reasons_are_asked_and_shown_to_the_customer(client, base):
    order = staging.ordered(base)
    for name in ("stage-return", "stage-cancel"):
        assert "errorlist" in do(client, order, name, reason="").content.decode()
    assert do(client, order, "stage-return", reason="<b>番号</b>をご確認ください。").status_code == 302
    page = log_in(staging.customer(order)).get(order.get_absolute_url()).content.decode()
    assert "&lt;b&gt;番号&lt;/b&gt;をご確認ください。" in page
    assert "訂正をお願いします" in page


def test_planned_numbers_are_shown_once_the_construction_is_arranged(client, clock, base):
    order = staging.ordered(base)
    reader = log_in(staging.customer(order))

    def shown():
        return "予定している番号" in reader.get(order.get_absolute_url()).content.decode()

    for stage, seen in ((Stage.CONFIRMING, False), (Stage.ARRANGED, True)):
        do(client, order, {"confirming": "stage-confirm", "arranged": "stage-arrange"}[stage])
        assert shown() is seen
    page = reader.get(order.get_absolute_url()).content.decode()
    assert "03-2000-0000～03-2000-0002（3番号）" in page
    clock.set(staging.OPENING)
    do(client, order, "stage-finish")
    assert not shown()
    issued = reader.get(reverse("numbering:issued-numbers", args=[order.uuid])).content.decode()
    assert "03-2000-0002" in issued


@pytest.mark.parametrize(
    "typed",
    [{}, {"day": "2026-12-15"}, {"day": "x", "reason": "x"}, {"day": "2026-11-19", "reason": "x"},
     {"day": "2026-12-15", "at": "25:00", "reason": "x"}, {"day": "2026-12-15", "at": "\x00", "reason": "x"},
     {"day": "9999-12-31", "reason": ""}, {"day": "2026-12-15", "reason": "x" * 401}],
)  # fmt: skip
def test_wrong_days_are_said_beside_their_field(client, base, typed):
    order = staging.ordered(base)
    answer = do(client, order, "stage-reschedule", **typed)
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert fresh(order).data["date"] == by_date.DAY


@pytest.mark.parametrize("group", ["support", "billing"])
def test_other_groups_look_and_do_nothing(clock, base, group):
    order = staging.ordered(base)
    reader = inside(operator_of(group))
    assert "/do/stage-" not in page_of(reader, order)
    for name in ("stage-confirm", "stage-return", "stage-cancel", "stage-reschedule"):
        assert do(reader, order, name, reason="x", day="2026-12-15").status_code == 403
    assert stage_of(fresh(order)) == Stage.RECEIVED


def works(client, stage=""):
    return client.get(reverse("admin:numbering_voicecontract_works"), {"stage": stage}).context["works"]


def test_the_list_says_what_is_next_and_what_is_late(client, clock, base):
    received = staging.ordered(base, by_date.new(1))
    arranged = staging.brought(clock, staging.ordered(base, by_date.new(1), date="2026-12-08"), Stage.ARRANGED)
    back = staging.brought(clock, staging.ordered(base, by_date.new(1), date="2026-12-09"), Stage.RETURNED)
    sales = parts.open_work(base.voice_contract, clocks.now())
    told = [(one.order, one.next, one.late) for one in works(client)]
    assert told == [
        (sales, "竣工", False),
        (received, "確認中", False),
        (arranged, "工事完了", False),
        (back, "お客様の訂正待ち", False),
    ]
    clock.set("2026-12-08 00:00")
    assert [one.late for one in works(client)] == [True, True, False, False]
    clock.set("2026-12-09 00:00")
    assert [one.late for one in works(client)] == [True, True, True, True]
    for stage, order in {"received": received, "arranged": arranged, "returned": back, "sales": sales}.items():
        assert [one.order for one in works(client, stage)] == [order]
    assert [one.order for one in works(client, "<x>")] == [sales, received, arranged, back]
    home = client.get("/admin/").content.decode()
    assert received.request_id in home
    assert "実施が遅れています" not in home


def test_a_file_of_a_draft_or_of_another_kind_is_not_found(client, base):
    draft = by_date.draft(base, by_date.new(1))
    sales = parts.open_work(base.voice_contract, clocks.now())
    for order in (draft, sales):
        assert client.get(reverse("admin:numbering_voicecontract_rows", args=[order.pk])).status_code == 404
