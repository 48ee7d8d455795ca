"""050番号追加申込 in the browser: the three pages, what is typed wrong, who sees the passwords and for how long."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from numbering import sip
from numbering.models import Assignment, Credential, PasswordReveal
from numbering.services.reveals import erase_old_reveals
from selfcare import clock as clocks
from selfcare.orders.models import Order
from tests.numbering.help import add, stock
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def client(clock, contract, colleague):
    stock(20)
    return log_in(colleague)


def issued() -> str:
    """One of the numbers that were issued: which ones is left to chance."""
    return Assignment.objects.values_list("digits", flat=True)[0]


def order_by_hand(client, count: str = "2") -> str:
    """From the input page to the done page; returns its address."""
    sent = client.post("/numbering/add/", {"count": count})
    assert sent.status_code == 302, sent.content.decode()
    confirm = client.get(sent.url)
    shown = re.search(r'name="shown" value="([^"]+)"', confirm.content.decode())
    assert shown
    done = client.post(sent.url, {"shown": shown[1]})
    assert done.status_code == 302
    return done.url


def test_the_input_page_says_what_is_held_what_is_left_and_what_it_costs(client):
    page = client.get("/numbering/add/").content.decode()
    for words in ("現在の050番号数", "0番号", "あと50番号", "500円", "書面でのお申し込みのみ", "連続しない"):
        assert words in page


@pytest.mark.parametrize("count", ["0", "51", "-1", "1.5", "", "1000000000", "abc", "２五", "1" * 30, "1\x00"])
def test_a_count_that_is_none_is_said_so_beside_the_field(client, count):
    answer = client.post("/numbering/add/", {"count": count})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="id_count_error"' in page
    assert not Order.objects.exists()


def test_full_width_digits_are_a_count(client):
    order_by_hand(client, "５")
    assert Assignment.objects.count() == 5


def test_the_done_page_shows_numbers_and_the_passwords_that_register(client):
    page = client.get(order_by_hand(client)).content.decode()
    assert "以下のIP電話番号（050番号）が追加されました。" in page
    secrets = re.findall(r'<span class="secret">(\w{8})</span>', page)
    assert len(secrets) == 4
    first = Credential.objects.order_by("username")[0]
    digests = sip.digests(username=first.username, realm=first.realm, password=secrets[1])
    assert (digests.ha1, digests.ha1b, digests.ha1_sha256) == (first.ha1, first.ha1b, first.ha1_sha256)
    assert not set("".join(secrets)) & set("0O1lI")


def test_reloading_shows_them_again_and_half_an_hour_later_not(client):
    address = order_by_hand(client)
    assert 'class="secret"' in client.get(address).content.decode()
    assert 'class="secret"' in client.get(address).content.decode()
    PasswordReveal.objects.update(visible_until=clocks.real_now() - timedelta(seconds=1))
    page = client.get(address).content.decode()
    assert 'class="secret"' not in page
    assert issued() in page.replace("-", "")
    assert erase_old_reveals() == 1
    assert not PasswordReveal.objects.exists()


def test_half_an_hour_is_real_time(client, clock):
    address = order_by_hand(client)
    clock.set("2026-11-20 09:00")
    kept = PasswordReveal.objects.get()
    assert timedelta(minutes=29) < kept.visible_until - clocks.real_now() <= timedelta(minutes=30)
    assert 'class="secret"' in client.get(address).content.decode()


def test_another_session_of_the_same_user_sees_the_numbers_only(client, colleague, owner):
    address = order_by_hand(client)
    for other in (log_in(colleague), log_in(owner)):
        page = other.get(address).content.decode()
        assert issued() in page.replace("-", "")
        assert 'class="secret"' not in page


def test_the_file_is_for_the_ordering_session(client, colleague, stranger):
    address = order_by_hand(client)
    order = Order.objects.get()
    file = reverse("numbering:issued", args=[order.uuid])
    answer = client.get(file)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows[0] == ["IP電話番号（050番号）", "付加サービスパスワード", "IP加入電話パスワード"]
    assert [row[0] for row in rows[1:]] == order.result["numbers"]
    page = client.get(address).content.decode()
    assert all(secret in page for row in rows[1:] for secret in row[1:])
    assert log_in(colleague).get(file).status_code == 404
    assert log_in(stranger).get(file).status_code == 404


def test_sending_the_confirmation_twice_adds_once(client):
    sent = client.post("/numbering/add/", {"count": "2"})
    shown = re.search(r'name="shown" value="([^"]+)"', client.get(sent.url).content.decode())
    assert shown
    first = client.post(sent.url, {"shown": shown[1]})
    second = client.post(sent.url, {"shown": shown[1]})
    assert first.url == second.url
    assert Assignment.objects.count() == 2


def test_back_keeps_the_input(client):
    sent = client.post("/numbering/add/", {"count": "7"})
    uuid = Order.objects.get().uuid
    assert 'value="7"' in client.get(f"/numbering/add/?draft={uuid}").content.decode()
    assert sent.url == reverse("orders:confirm", args=[uuid])


def test_too_few_in_stock_is_a_plain_message_with_whom_to_call(client):
    answer = client.post("/numbering/add/", {"count": "21"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "番号が不足している" in page
    assert "お客様センター" in page


def test_a_viewer_may_not_order(client, viewer):
    assert log_in(viewer).get("/numbering/add/").status_code == 403


def test_secrets_are_nowhere_in_clear(client, django_db_blocker):
    page = client.get(order_by_hand(client)).content.decode()
    secrets = set(re.findall(r'<span class="secret">(\w{8})</span>', page))
    from django.db import connection

    with connection.cursor() as cursor:
        # The application reads partitions through what they are parts of.
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            dump = "\n".join(row[0] for row in cursor.fetchall())
            assert not [secret for secret in secrets if secret in dump], table


def test_an_accepted_order_of_a_colleague_shows_no_passwords_to_the_other(client, owner, contract):
    order = add(contract, 1, actor=owner, session="9" * 64)
    assert 'class="secret"' not in client.get(order.get_absolute_url()).content.decode()
