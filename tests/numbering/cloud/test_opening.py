"""An accepted application becomes a contract: everything in one transaction, nothing charged, no password told."""

from datetime import date

import pytest
from django.core import mail as sent
from django.db import transaction

from billing.models import OnceCharge, RecurringCharge
from billing.services import Basket, Fax, IdWish, Start, cloud_prices, price
from numbering.cloud.models import CloudContract, CloudId, Equipment, Ringing
from numbering.cloud.services import holdings, opening, porting
from numbering.dial_in.services import reconciling
from numbering.models import Assignment, FreeNumber, Number
from numbering.services import stock as places
from selfcare import clock as clocks
from selfcare.accounts.models import Customer, PasswordReset, User
from selfcare.accounts.services.passwords import reset_password
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import way

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

WHOLE = Basket(
    fax=Fax.OWN,
    ids=(IdWish(), IdWish(flat_rate=True), IdWish(desk_phone=True)),
    after_hours=1,
    desk_phones=1,
    adapters=2,
)


@pytest.fixture(autouse=True)
def _today(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()


def test_the_basket_becomes_rows_with_the_same_price_and_nothing_is_charged(clock):
    digits = sorted(way.stock(2))
    cloud = way.opened(WHOLE, agency_code="AG-1")
    assert (cloud.stage, cloud.scheme, cloud.trial_from) == ("trial", "own", date(2026, 11, 20))
    assert cloud.representative is not None
    assert {cloud.representative.digits, cloud.numbers.get(use="fax").digits} == set(digits)
    ids = list(cloud.ids.order_by("pk"))
    first = cloud.representative.digits
    assert [one.login_name for one in ids] == [first, f"{first}-2", f"{first}-3"]
    assert [(one.is_included, one.has_desk_phone, one.flat_rate) for one in ids] == [
        (True, False, False),
        (True, False, True),
        (False, True, False),
    ]
    assert not any(one.password for one in ids)
    assert Ringing.objects.filter(number__cloud=cloud).count() == 6
    kinds = cloud.equipment.order_by("pk").values_list("kind", "state", "on_id__login_name")
    assert list(kinds) == [
        ("ip_phone", "waiting", ids[2].login_name),
        ("desk_phone", "waiting", None),
        ("adapter", "waiting", ids[2].login_name),
        ("adapter", "waiting", None),
    ]
    on = date(2026, 11, 20)
    quoted, held = price(WHOLE, on=on), holdings.of(cloud).quote(cloud_prices(on=on))
    assert (held.once, held.monthly) == (quoted.once, quoted.monthly)
    assert not RecurringCharge.objects.exists()
    assert not OnceCharge.objects.exists()
    assert places.differences(clocks.now()) == []
    assert reconciling.differences(clocks.now()) == []


def test_two_hundred_baskets_become_rows_of_the_quoted_price(clock):
    on = date(2026, 11, 20)
    prices = cloud_prices(on=on)
    for basket in tariffs.baskets(200):
        if basket.is_ported:
            continue
        way.stock(basket.voice_numbers + 1)
        quoted = price(basket, on=on, prices=prices)
        held = holdings.of(way.opened(basket)).quote(prices)
        assert (held.once, held.monthly) == (quoted.once, quoted.monthly), basket


def test_the_owner_sets_the_password_by_a_link_that_no_other_mail_has(clock):
    (digits,) = way.stock(1)
    cloud = way.opened()
    user = way.owner(cloud)
    assert user.selfcare_id == digits
    assert not user.has_usable_password()
    mails = Mail.objects.order_by("pk")
    assert [one.template for one in mails] == ["cloud_opened", "cloud_settle_invited"]
    assert [bool(one.sealed) for one in mails] == [True, False]
    assert {one.to for one in mails} == {cloud.contract.mail}
    way.delivered()
    told = next(one for one in sent.outbox if "お申し込み完了" in one.subject)
    for words in (cloud.contract.number, digits[-4:], cloud.opening.reference, "/reset"):
        assert words in told.body or words == "/reset"
    link = PasswordReset.objects.get(user=user)
    token = next(word for word in told.body.split() if "http" in word and len(word) > 60).rstrip("/").split("/")[-1]
    assert reset_password(token=token, new="new-correct-horse-battery").pk == link.user_id
    link.refresh_from_db()
    assert link.used_at is not None


def test_an_area_without_numbers_opens_nothing(clock):
    way.stock(1)
    with pytest.raises(NotPossible, match="在庫"), transaction.atomic():
        way.opened(Basket(fax=Fax.OWN))
    assert not CloudContract.objects.exists()
    assert not Customer.objects.exists()
    assert not User.objects.exists()
    assert FreeNumber.objects.count() == 1
    assert not Mail.objects.exists()


def test_voicemail_begins_with_shared_numbers_and_codes_as_login_names(clock):
    way.stock(1)
    cloud = way.opened(Basket(voicemail=1))
    assert (cloud.scheme, cloud.switched_on) == ("shared", date(2026, 11, 20))
    assert all(one.login_name == one.code for one in CloudId.objects.filter(cloud=cloud))
    assert cloud.numbers.get().own_of is None


def test_a_customer_that_exists_adds_a_contract_and_logs_in_as_before(clock):
    way.stock(2)
    first = way.opened()
    second = way.opened(customer=first.customer)
    assert User.objects.get() == way.owner(first)
    assert second.customer == first.customer
    assert first.contract.number != second.contract.number
    assert not Mail.objects.filter(template="cloud_opened").latest("pk").sealed


def test_a_number_that_is_brought_along_is_not_here_before_its_switch(clock):
    cloud = way.opened(Basket(start=Start.PORT), port=way.PORT)
    assert cloud.representative is None
    assert cloud.opening.usable_on is None
    assert cloud.is_ported
    assert way.port_in(cloud).digits == "0312345678"
    assert not Assignment.objects.exists()
    assert not Number.objects.exists()
    assert way.owner(cloud).selfcare_id == "0312345678"
    assert opening.telephone(cloud) == "0312345678"
    assert [one.template for one in Mail.objects.all()] == ["cloud_opened"]


@pytest.mark.parametrize(
    ("day", "origin", "moves"),
    [
        ("2024-12-31", "ntt_analog", True),
        ("2024-12-31", "from_ntt", True),
        ("2024-12-31", "hikari", False),
        ("2024-12-31", "other", False),
        ("2025-01-01", "hikari", True),
        ("2025-01-01", "other", True),
        ("2026-11-20", "carrier_pigeon", False),
    ],
)
def test_until_2025_only_numbers_of_ntt_could_move(clock, day, origin, moves):
    on = date.fromisoformat(day)
    assert (porting.why_not(digits="0312345678", origin=origin, today=on) == "") == moves


@pytest.mark.parametrize("digits", ["09012345678", "05012345678", "0120123456", "117"])
def test_only_geographic_numbers_move(clock, digits):
    assert "市外局番" in porting.why_not(digits=digits, origin="other", today=date(2026, 11, 20))


def test_the_agency_code_is_entered_later_and_once(clock):
    way.stock(1)
    cloud = way.opened()
    opening.settle_agency_code(cloud=cloud, code="AG-7", actor=way.owner(cloud))
    with pytest.raises(NotPossible, match="すでに登録"):
        opening.settle_agency_code(cloud=cloud, code="AG-8", actor=way.owner(cloud))
    assert CloudContract.objects.get(pk=cloud.pk).agency_code == "AG-7"
    assert Equipment.objects.count() == 0
