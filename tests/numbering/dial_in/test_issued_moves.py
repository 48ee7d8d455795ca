"""払い出し番号の詳細 of construction-date orders: numbers that were only moved are among them (spec 5.5)."""

import csv
import io

import pytest

from numbering.dial_in.stages import Stage
from numbering.models import Assignment
from tests import builders
from tests.numbering.dial_in import by_date, parts, staging
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    return staging.base(clock)


def moving(base, number, *more):
    order = by_date.draft(base, *more, date="2026-12-14")
    by_date.part(order, base, by_date.port(number.digits, move=True, carrier1="", line_kind=""))
    return order


def done(clock, order, operator):
    staging.brought(clock, by_date.place(order), Stage.ARRANGED, operator)
    clock.set("2026-12-14 10:00")
    return staging.STEPS[Stage.DONE](by_date.fresh(order), operator)


def page_and_file(order):
    client = log_in(staging.customer(order))
    page = client.get(f"/numbering/issued/{order.uuid}/")
    file = client.get(f"/numbering/issued/{order.uuid}/numbers.csv").content.decode("utf-8-sig")
    return page, list(csv.reader(io.StringIO(file)))


def test_an_order_of_moves_only_shows_what_has_moved(clock, base):
    number = parts.dial_ins(parts.base(base.voice_contract))[0]
    order = done(clock, moving(base, number), builders.operator())
    page, (head, *rows) = page_and_file(order)
    assert page.context["count"] == 1
    assert [(one.base, one.kind_label) for one in page.context["groups"]] == [(base.digits, "0ABJ番号（番号の移動）")]
    assert number.digits[-4:] in page.content.decode().split('id="numbers-list"')[1]
    assert head[0] == "基本契約番号"
    assert [(row[0], row[2], row[3]) for row in rows] == [(base.digits, number.digits, "0ABJ番号（番号の移動）")]


def test_moved_and_added_numbers_stand_in_groups_of_their_own(clock, base):
    number = parts.dial_ins(parts.base(base.voice_contract))[0]
    order = done(clock, moving(base, number, by_date.new(2)), builders.operator())
    page, rows = page_and_file(order)
    groups = [(one.kind_label, len(one.numbers)) for one in page.context["groups"]]
    assert groups == [("0ABJ番号", 2), ("0ABJ番号（番号の移動）", 1)]
    assert sorted(row[2] for row in rows[1:]) == order.result["numbers"]


def test_a_moved_number_given_up_since_is_told_apart_and_a_strangers_is_not_shown(clock, base):
    number = parts.dial_ins(parts.base(base.voice_contract))[0]
    order = done(clock, moving(base, number), builders.operator())
    gone = Assignment.objects.filter(pk=number.pk)
    gone.update(state="released", released_on="2026-12-20")
    # Later the same number is somebody else's.
    stranger = parts.base()
    old = gone.get()
    Assignment.objects.create(
        number_id=old.number_id, digits=old.digits, customer_id=stranger.customer_id,
        contract_id=stranger.voice_contract.contract_id, origin="added", state="active", is_voice=True,
        free_since=old.free_since, started_on="2027-07-01",
    )  # fmt: skip
    page, rows = page_and_file(order)
    assert (page.context["count"], page.context["released"]) == (1, 1)
    assert rows[1][-1] == "解約済"
