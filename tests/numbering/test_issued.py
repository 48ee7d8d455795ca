"""払い出し番号の詳細: the numbers that an order has issued, for everybody of the customer, and never a password."""

import csv
import io
import time

import pytest

from numbering.models import Assignment, Number
from numbering.models.numbers import NEVER_USED
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.numbering.dial_in import parts
from tests.numbering.help import add, draft, stock, take
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def order(clock, contract, owner):
    stock(5)
    return add(contract, 3, actor=owner)


def page_of(order):
    return f"/numbering/issued/{order.uuid}/"


def rows(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_history_and_the_orders_page_lead_there(order, viewer):
    client = log_in(viewer)
    for path in ("/orders/", order.get_absolute_url()):
        assert f'href="{page_of(order)}" data-dialog="#numbers"' in client.get(path).content.decode()


def test_page_and_file_show_the_numbers_and_no_password(order, owner, viewer):
    for user in (owner, viewer):
        page = log_in(user).get(page_of(order))
        shown = page.content.decode()
        assert page.context["count"] == 3
        assert all(digits in shown for digits in order.result["numbers"])
        assert "パスワード" not in shown.split('id="numbers"')[1].split("</section>")[0]
        file = log_in(user).get(f"{page_of(order)}numbers.csv")
        assert file["Content-Disposition"] == f'attachment; filename="{order.request_id}-numbers.csv"'
        head, *body = rows(file)
        assert head == ["電話番号", "電話番号（ハイフンなし）", "種類", "ご利用開始日", "状態"]
        assert [row[1] for row in body] == order.result["numbers"]
        assert {tuple(row[2:]) for row in body} == {("050番号", "2026-11-20", "利用中")}


def test_strangers_and_orders_without_numbers_are_not_found(order, owner, stranger, contract):
    reserved = take(draft("numbering.add", contract, {"count": 1}, actor=owner), actor=owner)
    other = Order.objects.create(
        procedure="numbering.sip_password", customer=contract.customer, contract=contract, state=State.FAILED,
        created_at=order.created_at, accepted_at=order.accepted_at, due_at=order.due_at, finished_at=order.due_at,
    )  # fmt: skip
    for tail in ("", "numbers.csv"):
        assert log_in(stranger).get(f"{page_of(order)}{tail}").status_code == 404
        assert log_in(owner).get(f"{page_of(reserved)}{tail}").status_code == 404
        assert log_in(owner).get(f"{page_of(other)}{tail}").status_code == 404


def test_numbers_given_up_since_are_told_apart(order, owner):
    gone = Assignment.objects.filter(order=order).earliest("digits")
    Assignment.objects.filter(pk=gone.pk).update(state="released", released_on="2026-11-21")
    page = log_in(owner).get(page_of(order)).content.decode()
    assert f"<del>{gone.digits}</del>" in page
    assert "取り消し線の1件" in page
    assert rows(log_in(owner).get(f"{page_of(order)}numbers.csv"))[1][4] == "解約済"


def test_two_thousand_numbers_are_one_page_of_few_queries(order, owner, django_assert_max_num_queries):
    numbers = Number.objects.bulk_create(
        Number(digits=f"03{52000000 + n}", kind="0abj", area="03", created_at=order.created_at) for n in range(2000)
    )
    Assignment.objects.bulk_create(
        Assignment(
            number=one, digits=one.digits, customer=order.customer, contract=order.contract, order=order,
            origin="added", state="active", free_since=NEVER_USED, started_on="2026-11-20",
        )
        for one in numbers
    )  # fmt: skip
    client = log_in(owner)
    client.get(page_of(order))
    with django_assert_max_num_queries(9):
        began = time.perf_counter()
        page = client.get(page_of(order))
        took = time.perf_counter() - began
    print(f"figure: 2,003 issued numbers in {took * 1000:.0f} ms, {len(page.content) / 1024:.0f} KiB")
    assert page.context["count"] == 2003
    assert [group.kind_label for group in page.context["groups"]] == ["050番号", "0ABJ番号"]
    assert "03-5200-1999" in page.content.decode()
    assert len(rows(client.get(f"{page_of(order)}numbers.csv"))) == 2004


def test_another_contracts_numbers_are_not_among_them(order, owner, contract):
    stock(3, first=5000020000)
    second = add(builders.contract(customer=contract.customer), 1, actor=owner)
    page = log_in(owner).get(page_of(second)).content.decode()
    assert second.result["numbers"][0] in page
    assert not any(digits in page for digits in order.result["numbers"])


def test_dial_in_numbers_stand_under_their_base_numbers(order, owner):
    one = parts.base(parts.voice_contract(parts.group(parts.contract(customer=order.customer))))
    two = parts.base(one.voice_contract)
    hung = [*parts.dial_ins(one, 3), *parts.dial_ins(two, 2), *parts.dial_ins(two, 1, kind="050")]
    Assignment.objects.filter(pk__in=[number.pk for number in hung]).update(order=order)
    page = log_in(owner).get(page_of(order))
    groups = [(group.base, group.kind_label, len(group.numbers)) for group in page.context["groups"]]
    under = sorted([(one.digits, "0ABJ番号", 3), (two.digits, "050番号", 1), (two.digits, "0ABJ番号", 2)])
    assert sorted(groups) == [("", "050番号", 3), *under]
    head, *body = rows(log_in(owner).get(f"{page_of(order)}numbers.csv"))
    assert head[0] == "基本契約番号"
    assert [row[0] for row in body].count(two.digits) == 3
    assert [row[0] for row in body].count("") == 3
