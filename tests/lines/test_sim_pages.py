"""The pages and mails of a new SIM, as they are read, from the first form to the end."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from lines import jobs
from lines.models import Line
from lines.services import sim_reissues
from selfcare.accounts.models import Role
from selfcare.orders.models import Order
from selfcare.work import outbox
from selfcare.work.models import Job
from tests.lines.parts import fresh, line, service
from tests.lines.sim_parts import PROVISIONAL, SERIALS, reissue_of, stock
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
BLACK = {"method": "black", "size": "nano", "ship_on": "2026-11-21"}


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line(sim_size="micro")


@pytest.fixture
def member(phone):
    return person("sim_member", customer=phone.customer, role=Role.MEMBER)


@pytest.fixture
def browser(member):
    return log_in(member)


def input_page(phone) -> str:
    return reverse("lines:sim-reissue", args=[phone.pk])


def text(answer) -> str:
    return answer.content.decode()


def ordered(browser, phone, **typed) -> Order:
    """From the form through the confirm page."""
    answer = browser.post(input_page(phone), typed)
    assert answer.status_code == 302, answer.context["form"].errors
    page = browser.get(answer.url)
    assert not page.context["problem"]
    browser.post(answer.url, {"shown": page.context["shown"]})
    return Order.objects.accepted().latest("pk")


def test_the_form_shows_what_the_line_can_have_and_where_it_goes(browser, phone):
    page = text(browser.get(input_page(phone)))
    for words in ("黒SIM出荷", "OTA", "eSIM（QRコード）", "USIM No.", "仮電話番号", "発送希望日", "標準外発送先"):
        assert words in page
    assert f"〒{phone.customer.postal_code} {phone.customer.address}" in page
    assert "発送希望日に、いまお使いのSIMは使えなくなります" in page
    assert 'min="2026-11-20"' in page
    assert 'max="2026-11-27"' in page
    assert "<details>" in page


def test_a_softbank_voice_line_is_asked_for_the_iccid_alone(browser, phone):
    service("softbank", carrier="softbank")
    other = line(carrier="softbank")
    page = text(log_in(person("soft_member", customer=other.customer, role=Role.MEMBER)).get(input_page(other)))
    assert "ICCID" in page
    assert "仮電話番号" not in page
    assert "黒SIM出荷" not in page


def test_mistakes_come_back_with_everything_that_was_typed(browser, phone):
    answer = browser.post(input_page(phone), {**BLACK, "ship_on": "2026-12-24", "building": "架空ビル"})
    page = text(answer)
    assert answer.status_code == 200
    assert "発送希望日は、2026年11月20日(金) から 2026年11月27日(金) までの日にしてください" in page
    assert "架空ビル" in page
    # What is wrong there must be seen.
    assert "<details open>" in page


def test_the_old_sim_stops_is_said_on_input_confirm_done_page_and_mail(browser, phone, mailoutbox):
    words = "使えなくなります"
    assert words in text(browser.get(input_page(phone)))
    answer = browser.post(input_page(phone), BLACK)
    assert f"2026年11月21日(土) に、いまお使いのSIMは{words}" in text(browser.get(answer.url))
    order = ordered(browser, phone, **BLACK)
    done = text(browser.get(order.get_absolute_url()))
    assert words in done
    assert "このお申し込みを取り消す" in done
    jobs.tell_shippings(Job())
    while outbox.deliver_default():
        pass
    assert len(mailoutbox) == 4
    assert all(words in mail.body and order.request_id in mail.subject for mail in mailoutbox)


def test_back_from_the_confirm_page_nothing_is_lost(browser, phone):
    stock(phone.customer)
    typed = {"method": "ota", "serial": f" {SERIALS[0][:10]} {SERIALS[0][10:]}", "provisional_number": "020-9999-0001"}
    confirm = browser.post(input_page(phone), typed).url
    shown = text(browser.get(confirm))
    assert SERIALS[0] in shown
    assert "ナノ" in shown
    back = text(browser.get(browser.get(confirm).context["back_url"]))
    assert SERIALS[0] in back
    assert PROVISIONAL in back


def test_a_ready_ota_stands_on_the_lines_page_with_its_steps_and_in_the_mail(browser, phone, member, mailoutbox):
    stock(phone.customer)
    typed = {"method": "ota", "serial": SERIALS[0], "provisional_number": PROVISIONAL}
    order = ordered(browser, phone, **typed)
    waiting = drawn(phone, member)
    assert "準備中" in waiting
    assert "それまでは、いまのSIMをお使いください" in waiting
    sim_reissues.make_ready(order=order)
    ready = drawn(phone, member)
    assert "切替可能" in ready
    assert "OTA用SIMを端末に入れます" in ready
    while outbox.deliver_default():
        pass
    told = [mail for mail in mailoutbox if "切替の準備" in mail.subject]
    assert told
    assert all("番号を書き換え" in mail.body and "番号を書き換え" in mail.alternatives[0][0] for mail in told)


def drawn(phone: Line, user) -> str:
    """The part of the line's page."""
    return render_to_string("lines/_sim_reissue.html", {"sim_reissue": sim_reissues.standing(phone, user)})


def test_a_line_without_a_reissue_shows_nothing_of_it(phone, member):
    assert drawn(phone, member).strip() == ""


def test_a_finished_one_stands_there_for_some_weeks(browser, phone, member, clock):
    order = ordered(browser, phone, **BLACK)
    sim_reissues.finish(order=order, serial=SERIALS[1], unread=False)
    assert SERIALS[1] in drawn(fresh(phone), member)
    clock.set("2026-12-21 10:00")
    assert drawn(fresh(phone), member).strip() == ""


def test_the_esims_page_before_there_is_a_code(browser, phone):
    order = ordered(browser, phone, method="esim")
    page = text(browser.get(reverse("lines:esim-code", args=[order.uuid])))
    assert "QRコードはまだありません" in page
    assert reissue_of(order).method == "esim"


def test_a_strangers_line_is_not_there(phone, stranger):
    type(stranger.customer.contracts.get()).objects.filter(customer=stranger.customer).update(
        functions=["lines.sim_reissue"]
    )
    assert log_in(stranger).get(input_page(phone)).status_code == 404


def test_two_tabs_are_one_wish(browser, phone):
    address = browser.get(input_page(phone)).context["action"]
    first, second = (browser.post(address, BLACK).url for _ in range(2))
    assert first == second
    assert Order.objects.count() == 1
