"""Devices of cloud phones at a real registrar: let in by their login, refused by the logout on the page."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from numbering.cloud.models import CloudId, Device
from numbering.cloud.services import devices
from numbering.registrar.kamailio import Kamailio
from numbering.registrar.port import Account
from selfcare import clock as clocks
from selfcare.contract_data.models import Suspension
from selfcare.work import reconcile
from tests import builders
from tests.harness.sip import Telephone
from tests.numbering.cloud import parts
from tests.people import log_in
from tests.real.conftest import REALM
from tests.selfcare.contract_data import walking

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.fixture
def cloud_id(attached, clock) -> CloudId:
    return parts.ids(parts.cloud(numbers=2))[0]


@pytest.fixture
def phone(attached, cloud_id):
    """A phone whose app has logged in, and which has registered."""
    asked = {"login": cloud_id.login_name, "password": parts.APP_PASSWORD, "device": "花子のiPhone"}
    told = Client().post("/cloud/app/login/", json.dumps(asked), content_type="application/json").json()["sip"]
    with Telephone(told["username"], told["realm"], told["password"], attached.address) as telephone:
        assert telephone.register() == 200
        yield telephone


def left(attached, phone) -> int:
    return len(attached.client.registrations(Account(phone.user, REALM)))


def page_of(cloud_id) -> tuple[Client, str]:
    return log_in(parts.member(cloud_id.cloud)), reverse("cloud:id", args=[cloud_id.code])


def shown(page: Client, address: str) -> str:
    """The page waits a moment only, in which a busy machine does not always answer."""
    for _try in range(20):
        text = page.get(address).content.decode()
        if "確認できません" not in text:
            break
    return text


def test_a_device_that_is_logged_out_on_the_page_is_refused_and_its_registration_gone(attached, cloud_id, phone):
    page, address = page_of(cloud_id)
    assert "着信できます" in shown(page, address)
    (known,) = attached.client.registrations(Account(phone.user, REALM))
    device = Device.objects.get()
    assert known.credential == -device.pk
    other = parts.device(parts.ids(cloud_id.cloud)[1], realm=REALM)
    sent = {"shown": [str(device.uuid)]}
    answer = page.post(reverse("cloud:id-devices", args=[cloud_id.code]), sent, follow=True).content.decode()
    assert "電話は受けられません" in answer
    # At once, with no worker at all.
    assert phone.register() == 403
    assert left(attached, phone) == 1, "its old registration, until a worker has dropped it"
    assert devices.waiting(0)
    assert devices.drop_due() == 1
    assert left(attached, phone) == 0
    assert devices.drop_due() == 0
    device.refresh_from_db()
    assert device.dropped_at is not None
    other.refresh_from_db()
    assert other.logged_out_at is None


def test_a_registrar_that_does_not_answer_is_asked_again(attached, cloud_id, phone):
    device = Device.objects.get()
    devices.log_out(cloud_id=cloud_id, devices=[device], actor=parts.member(cloud_id.cloud))
    attached.freeze()
    try:
        assert devices.drop_due() == 0
    finally:
        attached.thaw()
    device.refresh_from_db()
    assert device.dropped_at is None
    assert device.drop_after is not None
    assert timedelta(0) < device.drop_after - clocks.real_now() < timedelta(seconds=40)
    Device.objects.update(drop_after=clocks.real_now())
    assert devices.drop_due() == 1
    assert left(attached, phone) == 0


class BackMeanwhile(Kamailio):
    """While the registrar is at work, somebody takes the logout back in the database."""

    def drop(self, withdrawn):
        dropped = super().drop(withdrawn)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE numbering_device SET logged_out_at = NULL WHERE id = %s", [-withdrawn[0].credential])
        return dropped


@pytest.mark.parametrize("back", [True, False], ids=["back", "negative control: not back"])
def test_who_is_logged_in_again_meanwhile_is_not_marked_as_dropped(attached, cloud_id, phone, settings, back):
    if back:
        settings.REGISTRAR_CLASS = f"{__name__}.BackMeanwhile"
    devices.log_out(cloud_id=cloud_id, devices=[Device.objects.get()], actor=parts.member(cloud_id.cloud))
    assert devices.drop_due() == 1
    assert (Device.objects.get().dropped_at is None) == back


def test_last_seen_follows_the_registrar(attached, cloud_id, phone, clock):
    parts.device(cloud_id, realm=REALM)
    moment = clock.set("2026-11-20 15:00")
    assert devices.note_seen() == 1
    seen = set(Device.objects.filter(last_seen_at=moment).values_list("username", flat=True))
    assert seen == {phone.user}


def test_reconciling_finds_a_device_that_is_logged_out_and_still_registered(attached, cloud_id, phone):
    device = Device.objects.get()
    devices.log_out(cloud_id=cloud_id, devices=[device], actor=parts.member(cloud_id.cloud))
    # Planted: marked as dropped, and the registrar still has it.
    Device.objects.update(dropped_at=clocks.real_now())
    assert reconcile.run()["devices"] == ["1 logged out devices are still registered at the registrar"]
    assert devices.drop_again(clocks.now()) == ["1 logged out devices were dropped at the registrar, 1 of them again"]
    assert left(attached, phone) == 0
    assert "devices" not in reconcile.run()


def suspend(cloud_id) -> Suspension:
    contract, now = cloud_id.cloud.contract, clocks.now()
    return Suspension.objects.create(
        contract=contract,
        customer=contract.customer,
        case=walking.applied(parts.owner(cloud_id.cloud)),
        reason="ご住所の確認が取れないため",
        counted_from=now - timedelta(days=45),
        booked_at=now - timedelta(days=10),
        booked_by=builders.operator(),
        starts_at=now,
        announced_week_at=now - timedelta(days=8),
        announced_day_at=now - timedelta(days=2),
    )


def test_a_suspended_contract_is_refused_and_let_in_at_once_when_it_is_lifted(attached, cloud_id, phone, clock):
    row = suspend(cloud_id)
    assert phone.register() == 403
    assert left(attached, phone) == 1
    devices.cut(cloud_id.cloud_id)
    assert left(attached, phone) == 0
    asked = {"login": cloud_id.login_name, "password": parts.APP_PASSWORD, "device": "x"}
    answer = Client().post("/cloud/app/login/", json.dumps(asked), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "suspended")
    Suspension.objects.filter(pk=row.pk).update(provisional_until=clocks.now() + timedelta(days=1))
    assert phone.register() == 200, "lifted provisionally"
    clock.set("2026-11-21 10:00")
    assert phone.register() == 403, "its day is over"
    Suspension.objects.filter(pk=row.pk).update(lifted_at=clocks.now())
    assert phone.register() == 200
