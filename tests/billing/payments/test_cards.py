"""Registering a card on the provider's page: passed, refused, left, without cookies, told twice, late, not at all."""

import httpx
import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import CardRegistration, PaymentMethod
from billing.payments import cards, methods
from selfcare.outside.http import OutsideUnavailable
from selfcare.outside.simulator.server import Simulator
from tests import builders
from tests.billing.payments import world

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
State = CardRegistration.State


def begun(bank: Simulator, holder: str = "", back: str = "/cloud/application/x/") -> CardRegistration:
    made = cards.begin(holder=holder or world.holder(), back_to=back, actor=None)
    return cards.open_page(made, world.provider(bank))


def event_of(bank: Simulator, registration: CardRegistration, **changes: object) -> dict:
    made = bank.ledger.all("payments.registrations")[str(registration.uuid)]
    told = {name: made[name] for name in ("reference", "provider_id", "state", "reason", "card") if name in made}
    return {"id": f"evt_{made['provider_id']}", "type": f"card.{made['state']}", **told, **changes}


def test_a_card_that_passes_is_the_applications_method_and_moves_to_its_contract(bank: Simulator):
    registration = begun(bank)
    world.typed(bank, registration)
    assert world.deliver(event_of(bank, registration)) == 204
    assert world.deliver(event_of(bank, registration)) == 204
    assert cards.ask(registration, world.provider(bank)).state == State.PASSED
    method = methods.method_of(holder=registration.holder)
    assert method is not None
    assert (method.kind, method.card_brand, method.card_last4) == ("card", "VISA", "4242")
    contract = world.cloud()
    adopted = methods.adopt_methods(holder=registration.holder, contract=contract, actor=None)
    assert adopted == method
    assert methods.has_method(contract)
    assert methods.method_of(contract=contract) == method
    assert methods.adopt_methods(holder=registration.holder, contract=contract, actor=None) == method
    assert PaymentMethod.objects.count() == 1


def test_of_an_application_that_is_erased_no_card_is_kept(bank: Simulator):
    """Two cards tried, ended with the application; what became a contract's stays."""
    holder, adopted = world.holder(), begun(bank)
    for registration in (begun(bank, holder), begun(bank, holder), adopted):
        world.typed(bank, registration)
        cards.ask(registration, world.provider(bank))
    methods.adopt_methods(holder=adopted.holder, contract=world.cloud(), actor=None)
    methods.drop_method(holder=holder)
    assert PaymentMethod.objects.filter(holder=holder).exclude(card_token="").count() == 2
    methods.erase_methods(holder=holder)
    assert not PaymentMethod.objects.filter(holder=holder).exists()
    assert not CardRegistration.objects.filter(holder=holder).exists()
    assert PaymentMethod.objects.exclude(card_token="").count() == CardRegistration.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [(world.DECLINED, "", "declined"), (world.WITHOUT_3DS, "", "no_3d_secure"), (world.GOOD, "", "not_authenticated")],
)
def test_a_refused_card_leaves_the_method_that_was_chosen_before(bank: Simulator, number: str, code: str, reason: str):
    holder = world.holder()
    before = methods.choose_method(holder=holder, kind="transfer")
    registration = begun(bank, holder)
    world.typed(bank, registration, number, code)
    ended = cards.ask(registration, world.provider(bank))
    assert (ended.state, ended.reason, ended.card_token) == (State.REFUSED, reason, "")
    assert methods.method_of(holder=holder) == before


def test_another_method_after_a_refused_card_takes_one_press(bank: Simulator):
    holder = world.holder()
    world.typed(bank, begun(bank, holder), world.DECLINED)
    again = begun(bank, holder)
    world.typed(bank, again)
    cards.ask(again, world.provider(bank))
    methods.choose_method(holder=holder, kind="debit")
    assert [m.kind for m in PaymentMethod.objects.filter(holder=holder).exclude(state="ended")] == ["debit"]


def test_a_browser_without_cookies_is_told_so_and_led_back(bank: Simulator):
    registration = begun(bank)
    with httpx.Client() as browser:
        browser.get(registration.page)
        browser.cookies.clear()
        form = {"number": world.GOOD, "expires": "12/30", "cvc": "123"}
        page = browser.post(registration.page, data=form)
    assert "Cookie" in page.text
    assert reverse("payments:card-back", args=[registration.uuid]) in page.text
    assert cards.ask(registration, world.provider(bank)).reason == "cookies_blocked"


@pytest.mark.parametrize(
    ("changes", "status", "state"),
    [
        ({}, 204, State.PASSED),
        ({"provider_id": "reg_of_another"}, 204, State.OPEN),
        ({"reference": "not-one-of-ours"}, 404, State.OPEN),
        ({"card": None}, 204, State.OPEN),
        ({"state": "won"}, 204, State.OPEN),
    ],
)
def test_only_what_fits_is_believed(bank: Simulator, changes: dict, status: int, state: str):
    registration = begun(bank)
    world.typed(bank, registration)
    assert world.deliver(event_of(bank, registration, **changes)) == status
    registration.refresh_from_db()
    assert registration.state == state


def test_the_page_leads_to_the_provider_and_back_with_what_came_of_it(bank: Simulator, settings):
    settings.OUTSIDE_URL = bank.page
    holder = world.holder()
    made = cards.begin(holder=holder, back_to="/login/?next=1", actor=None)
    browser = Browser()
    page = browser.get(cards.card_page(made))
    registration = CardRegistration.objects.get(pk=made.pk)
    assert registration.page in page.content.decode()
    assert world.GOOD not in page.content.decode()
    # Not yet: the page says so, and nothing is lost.
    back = reverse("payments:card-back", args=[made.uuid])
    assert browser.get(back).status_code == 200
    answer = world.typed(bank, registration)
    assert answer.headers["Location"].endswith(back)
    led = browser.get(back)
    assert led.status_code == 302
    assert led.headers["Location"] == f"/login/?next=1&card={made.uuid}"
    assert methods.method_of(holder=holder) is not None


def test_a_provider_that_is_down_is_told_and_tried_again(bank: Simulator, settings):
    settings.OUTSIDE_URL = bank.page
    bank.faults.change({"payments.*": {"down_next": 1}})
    made = cards.begin(holder=world.holder(), back_to="/login/", actor=None)
    with pytest.raises(OutsideUnavailable):
        cards.open_page(made, world.provider(bank))
    bank.faults.change({"payments.*": {"down_next": 1}})
    browser = Browser()
    assert browser.get(cards.card_page(made)).status_code == 503
    assert browser.get(cards.card_page(made)).status_code == 200


def test_a_strangers_registration_is_not_there(bank: Simulator):
    contract = world.cloud()
    made = cards.begin(contract=contract, back_to="/payments/method/", actor=None)
    browser = Browser()
    assert browser.get(cards.card_page(made)).status_code == 404
    browser.force_login(builders.user())
    assert browser.get(cards.card_page(made)).status_code == 404


def test_who_never_comes_back_is_asked_about_and_given_up(bank: Simulator):
    registration = begun(bank)
    CardRegistration.objects.update(created_at=registration.created_at - cards.LIFE - cards.ASK_AFTER)
    made = bank.ledger.all("payments.registrations")[str(registration.uuid)]
    bank.ledger.put("payments.registrations", str(registration.uuid), {**made, "until": 0})
    from selfcare import clock

    for one in cards.left_open(clock.real_now()):
        cards.ask(one, world.provider(bank))
    registration.refresh_from_db()
    assert registration.state == State.EXPIRED
