"""A SIP password changed through the page: withdrawn, reflected at its slot, undone; what is live at each moment."""

from datetime import time

import pytest
from django.conf import settings
from django.urls import reverse
from django.views.debug import SafeExceptionReporterFilter

from numbering import sip
from numbering.models import Credential
from numbering.procedures.sip_password import SipPassword
from selfcare.calendar import Hours
from selfcare.orders import due
from selfcare.orders.models import Order, OrderSecret
from selfcare.orders.services.ending import expire_drafts
from selfcare.orders.states import State
from tests import builders
from tests.numbering.help import at
from tests.numbering.passwords import OLD, change, live_password, number_of, press, typed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def number(clock, contract):
    return number_of(contract, "b2bua")


def test_at_once_for_the_standard_service(clock, contract, owner, as_user):
    number = number_of(contract, "standard")
    page = as_user(owner)
    order = change(page, number, "Neu1pass")
    assert order.state == State.COMPLETED
    assert live_password(number, "Neu1pass")
    assert not live_password(number, OLD)


def test_the_old_password_ends_at_once_and_the_new_one_begins_at_the_slot(clock, number, owner, as_user):
    clock.set("2026-11-20 14:00")
    order = change(as_user(owner), number, "Neu1pass")
    assert order.state == State.ACKNOWLEDGED
    assert order.state_label == "反映待ち"
    seen = {}
    for moment in ("14:00", "17:29:59", "17:30"):
        clock.set(f"2026-11-20 {moment}")
        seen[moment] = (live_password(number, OLD), live_password(number, "Neu1pass"))
    assert seen == {"14:00": (False, False), "17:29:59": (False, False), "17:30": (False, True)}
    assert due.run_local() == 1
    order.refresh_from_db()
    assert order.state == State.COMPLETED


def test_undone_the_old_password_is_live_again_at_once(clock, number, owner, as_user):
    clock.set("2026-11-20 14:00")
    page = as_user(owner)
    order = change(page, number, "Neu1pass")
    clock.set("2026-11-20 17:29:59")
    page.post(reverse("orders:cancel", args=[order.uuid]))
    order.refresh_from_db()
    assert order.state == State.CANCELLED
    assert live_password(number, OLD)
    clock.set("2026-11-20 17:30")
    assert live_password(number, OLD)
    assert Credential.objects.filter(number=number.number).count() == 1


def test_a_booked_change_has_two_moments(clock, number, owner, as_user):
    order = change(as_user(owner), number, "Neu1pass", when="at", at="2026-11-20T23:59")
    assert "0:30" in order.shown_part("promise")["text"].replace("00:30", "0:30")
    seen = []
    for moment in ("2026-11-20 23:58:59", "2026-11-20 23:59", "2026-11-21 00:29:59", "2026-11-21 00:30"):
        clock.set(moment)
        seen.append((live_password(number, OLD), live_password(number, "Neu1pass")))
    assert seen == [(True, False), (False, False), (False, False), (False, True)]


def test_the_quiet_time_is_the_last_minute_before_a_border(clock, number, owner, as_user):
    clock.set("2026-11-20 14:00")
    order = change(as_user(owner), number, "Neu1pass", when="quiet")
    assert order.data["at"].startswith("2026-11-20T16:59")
    assert "31分" in order.shown_part("promise")["note"]


def test_the_password_lies_nowhere_in_the_order(clock, number, owner, as_user):
    page = as_user(owner)
    answer = page.post(reverse("numbering:sip-password"), typed(number, "Neu1pass"))
    order = Order.objects.get()
    digests = sip.digests(username=number.digits, realm=settings.SIP_REALM, password="Neu1pass")
    assert OrderSecret.objects.filter(order=order).exists()
    for secret in ("Neu1pass", OLD, digests.ha1, digests.ha1_sha256):
        assert secret not in str(order.__dict__)
        assert secret.encode() not in bytes(OrderSecret.objects.get().sealed)
    press(page, answer.url)
    assert not OrderSecret.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"number": "05099999999"}, "number", "見つかりません"),
        ({"number": "かきくけこ"}, "number", "数字で"),
        ({"current_password": "Falsch12"}, "current_password", "正しくありません"),
        ({"new_password": "Neu1pas"}, "new_password", "8文字"),
        ({"new_password": "Neu1pass9"}, "new_password", "8文字"),
        ({"new_password": "Neu1pas!"}, "new_password", "英字"),
        ({"new_password": "ねうpass12"}, "new_password", "英字"),
        ({"new_password": OLD, "new_password_confirm": OLD}, "new_password", "同じ"),
        ({"new_password_confirm": "Neu2pass"}, "new_password_confirm", "一致"),
        ({"when": "at", "at": "2026-11-20T09:59"}, "at", "後に"),
        ({"when": "at", "at": "2026-12-20T10:01"}, "at", "30日先"),
        ({"when": "at", "at": ""}, "at", "入力"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(clock, number, owner, as_user, changed, field, words):
    page = as_user(owner)
    answer = page.post(reverse("numbering:sip-password"), {**typed(number, "Neu1pass"), **changed})
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert words in errors[field][0]
    assert not Order.objects.exists()


def test_full_width_is_taken_as_half_width(clock, number, owner, as_user):
    order = change(as_user(owner), number, "Ｎｅｕ１ｐａｓｓ", number="０５０" + number.digits[3:])
    clock.set("2026-11-20 17:30")
    assert order.subject_id == number.pk
    assert live_password(number, "Neu1pass")


def test_five_wrong_ones_block_the_number_and_not_its_neighbour(clock, contract, number, owner, as_user):
    other = number_of(contract, "b2bua")
    page = as_user(owner)
    for _ in range(5):
        answer = page.post(reverse("numbering:sip-password"), typed(number, "Neu1pass", current_password="Falsch12"))
        assert "正しくありません" in answer.context["form"].errors["current_password"][0]
    answer = page.post(reverse("numbering:sip-password"), typed(number, "Neu1pass"))
    assert "15分" in answer.context["form"].errors["current_password"][0]
    assert change(page, other, "Neu1pass").state == State.ACKNOWLEDGED


def test_a_second_change_waits_for_the_first(clock, number, owner, as_user):
    page = as_user(owner)
    first = change(page, number, "Neu1pass")
    answer = page.post(reverse("numbering:sip-password"), typed(number, "Neu2pass"))
    assert first.request_id in str(answer.context["form"].errors)
    assert "17:30" in str(answer.context["form"].errors)


def test_another_customers_number_is_answered_like_none(clock, number, owner, as_user):
    theirs = number_of(builders.contract(functions=["numbering.sip_password"]), "b2bua")
    page = as_user(owner)
    answers = [
        page.post(reverse("numbering:sip-password"), typed(number, "Neu1pass", number=digits)).context["form"].errors
        for digits in (theirs.digits, "05012340000")
    ]
    assert answers[0] == answers[1]


def test_a_draft_that_is_typed_anew_lives_from_then_on(clock, number, owner, as_user):
    clock.set("2026-11-20 14:00")
    page = as_user(owner)
    first = page.post(reverse("numbering:sip-password"), typed(number, "Neu1pass"))
    draft = Order.objects.latest("pk")
    clock.set("2026-11-20 14:59:30")
    again = page.post(f"{reverse('numbering:sip-password')}?draft={draft.uuid}", typed(number, "Neu2pass"))
    assert again.url == first.url
    clock.set("2026-11-20 15:00:10")
    press(page, again.url)
    draft.refresh_from_db()
    assert draft.state == State.ACKNOWLEDGED


def test_an_error_report_names_no_password(clock, number, owner, as_user, settings):
    settings.DEBUG = False
    answer = as_user(owner).post(reverse("numbering:sip-password"), typed(number, "Neu1pass"))
    kept = SafeExceptionReporterFilter().get_post_parameters(answer.wsgi_request)
    assert set(kept) >= {"current_password", "new_password"}
    assert not {OLD, "Neu1pass"} & set(kept.values())


def test_without_a_timetable_the_confirm_page_says_whom_to_ask(clock, number, owner, as_user):
    page = as_user(owner)
    confirm = page.post(reverse("numbering:sip-password"), typed(number, "Neu1pass")).url
    number.contract.service = "unheard_of"
    number.contract.save(update_fields=["service"])
    answer = page.get(confirm)
    assert answer.status_code == 200
    assert number.contract.contact_name in answer.context["problem"]
    assert page.post(confirm, {"shown": ""}).status_code == 409


class ByDay(SipPassword):
    """The same procedure in an installation that accepts by day only; not registered."""

    acceptance = Hours(time(9), time(17))


def test_outside_the_hours_the_old_password_stays_until_they_open(clock, number, owner, as_user):
    """What the engine's promise says: from the opening on, not from the moment at which it was accepted."""
    clock.set("2026-11-20 22:10")
    as_user(owner).post(reverse("numbering:sip-password"), typed(number, "Neu1pass"))
    order = Order.objects.get()
    order.accepted_at, order.due_at = at("2026-11-20 22:10"), at("2026-11-21 17:30")
    ByDay().reserve([order])
    seen = []
    for moment in ("2026-11-21 08:59", "2026-11-21 09:00", "2026-11-21 17:30"):
        clock.set(moment)
        seen.append((live_password(number, OLD), live_password(number, "Neu1pass")))
    assert seen == [(True, False), (False, False), (False, True)]


def test_a_change_whose_credential_is_gone_is_held_and_not_called_done(clock, number, owner, as_user):
    order = change(as_user(owner), number, "Neu1pass")
    Credential.objects.filter(order=order).delete()
    clock.set("2026-11-20 17:30")
    due.run_local()
    order.refresh_from_db()
    assert order.state == State.HELD


def test_the_secret_of_an_abandoned_draft_is_erased_at_the_next_sweep(clock, number, owner, as_user):
    as_user(owner).post(reverse("numbering:sip-password"), typed(number, "Neu1pass"))
    expire_drafts()
    assert OrderSecret.objects.exists()
    clock.set("2026-11-20 11:00")
    expire_drafts(limit=0)
    assert not OrderSecret.objects.exists()
