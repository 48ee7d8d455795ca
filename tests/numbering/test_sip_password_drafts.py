"""Drafts of password changes in the wrong hands, pressed twice, bent, typed anew, grown old."""

from datetime import timedelta

import pytest
from django.urls import reverse

from numbering.models import Credential
from selfcare import clock as clocks
from selfcare.orders.models import Order, OrderSecret
from selfcare.orders.services.ending import expire_drafts
from selfcare.orders.states import State
from tests.numbering.passwords import OLD, live_password, number_of, press, typed
from tests.people import person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE = "/numbering/sip-password/"


@pytest.fixture
def number(clock, contract):
    return number_of(contract, "b2bua")


@pytest.fixture
def page(owner, as_user):
    return as_user(owner)


def test_a_draft_is_its_own_users_only(page, number, colleague, stranger, as_user):
    number_of(stranger.customer.contracts.get(), "b2bua")
    url = page.post(PAGE, typed(number, "Neu1pass")).url
    order = Order.objects.get()
    shown = page.get(url).context["shown"]
    for other in (colleague, stranger):
        browser = as_user(other)
        paths = (url, reverse("orders:order", args=[order.uuid]), reverse("orders:cancel", args=[order.uuid]))
        assert [browser.get(path).status_code for path in paths] == [404] * 3
        assert browser.post(url, {"shown": shown}).status_code == 404
        assert browser.get(PAGE, {"draft": order.uuid}).status_code == 404
        assert browser.post(f"{PAGE}?draft={order.uuid}", typed(number, "Neu2pass")).status_code == 404
    order.refresh_from_db()
    assert order.state == State.DRAFT
    assert live_password(number, OLD)


def test_a_viewer_changes_nothing(number, viewer, as_user):
    browser = as_user(viewer)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, typed(number, "Neu1pass")).status_code == 403
    assert not Order.objects.exists()


def test_pressed_again_it_is_one_order(page, number):
    url = page.post(PAGE, typed(number, "Neu1pass")).url
    shown = page.get(url).context["shown"]
    answers = [page.post(url, {"shown": shown}) for _again in range(3)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, answers[0].url)}
    assert Order.objects.count() == 1
    assert Credential.objects.filter(number_id=number.number_id).count() == 2


@pytest.mark.parametrize("bent", ["another draft's", "nothing", "cut off"])
def test_only_what_this_draft_showed_confirms_it(page, contract, number, bent):
    other = number_of(contract, "b2bua")
    urls = [page.post(PAGE, typed(one, "Neu1pass")).url for one in (number, other)]
    tokens = [page.get(url).context["shown"] for url in urls]
    token = {"another draft's": tokens[1], "nothing": "", "cut off": tokens[0][:-1]}[bent]
    answer = page.post(urls[0], {"shown": token})
    assert answer.status_code == 409
    assert answer.context["changed"]
    assert set(Order.objects.values_list("state", flat=True)) == {State.DRAFT}
    assert live_password(number, OLD)


def test_typed_anew_in_another_tab_the_old_confirm_page_is_sent_back(page, number, clock):
    url = page.post(PAGE, typed(number, "Neu1pass")).url
    order = Order.objects.get()
    shown = page.get(url).context["shown"]
    again = page.post(f"{PAGE}?draft={order.uuid}", typed(number, "Neu2pass"))
    assert again.url == url, "the same draft"
    answer = page.post(url, {"shown": shown})
    assert answer.status_code == 409
    assert "別の画面で入力し直した内容" in [row.new for row in answer.context["changed"]]
    assert live_password(number, OLD)
    press(page, url)
    clock.set("2026-11-20 17:30")
    assert live_password(number, "Neu2pass")


def test_a_draft_lives_an_hour_and_its_secret_no_longer(page, number, clock):
    url = page.post(PAGE, typed(number, "Neu1pass")).url
    shown = page.get(url).context["shown"]
    clock.set("2026-11-20 11:00")
    answer = page.post(url, {"shown": shown})
    assert answer.context["expired"]
    assert Order.objects.get().accepted_at is None
    assert live_password(number, OLD)
    expire_drafts()
    assert Order.objects.get().state == State.EXPIRED
    assert not OrderSecret.objects.exists()


def test_confirmed_in_its_last_second(page, number, clock):
    url = page.post(PAGE, typed(number, "Neu1pass")).url
    clock.set("2026-11-20 10:59:59")
    press(page, url)
    assert Order.objects.get().state == State.ACKNOWLEDGED


def test_the_password_that_was_confirmed_has_changed_meanwhile(page, number, clock):
    """Two drafts for one number; the second is confirmed after the first is reflected."""
    urls = [page.post(PAGE, typed(number, new)).url for new in ("Neu1pass", "Neu2pass")]
    Order.objects.update(expires_at=clocks.now() + timedelta(days=1))
    press(page, urls[0])
    clock.set("2026-11-20 17:31")
    answer = press(page, urls[1])
    assert answer.status_code == 409
    assert "反映待ち" in answer.context["problem"] or "パスワードが変わりました" in answer.context["problem"]
    assert live_password(number, "Neu1pass")


def test_a_contract_without_the_function_or_that_has_ended_has_no_such_page(number, contract, as_user):
    user = person("second_owner", customer=contract.customer, role="owner")
    type(contract).objects.filter(pk=contract.pk).update(functions=["lines.list"])
    assert as_user(user).post(PAGE, typed(number, "Neu1pass")).status_code in {403, 404}
    assert not Order.objects.exists()
