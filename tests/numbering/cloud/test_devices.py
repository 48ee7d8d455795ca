"""ログイン中の端末: logged out by unticking, what is missed is said before and after; the drop; the test ring."""

from collections.abc import Sequence

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from numbering.cloud import push
from numbering.cloud.models import Device
from numbering.cloud.services import devices, id_differences
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from tests.billing.payments.world import simulated
from tests.numbering.cloud import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

MISSED = "電話は受けられません"


@pytest.fixture
def cloud(clock):
    return parts.cloud(numbers=1, ids=2)


@pytest.fixture
def page(cloud):
    return log_in(parts.member(cloud))


def address(cloud_id, name="id", *args):
    return reverse(f"cloud:{name}", args=[cloud_id.code, *args])


def save(page: Client, cloud_id, *, shown: list[Device], keep: Sequence[Device] = ()) -> str:
    sent = {"shown": [str(one.uuid) for one in shown], "keep": [str(one.uuid) for one in keep]}
    return page.post(address(cloud_id, "id-devices"), sent, follow=True).content.decode()


def test_who_is_unticked_is_logged_out_and_the_others_stay(cloud, page):
    one = parts.ids(cloud)[0]
    lost, kept = parts.device(one, name="なくした電話"), parts.device(one, name="受付の電話")
    before = page.get(address(one)).content.decode()
    assert "なくした電話" in before
    assert MISSED in before, "said before anything is saved"
    answer = save(page, one, shown=[lost, kept], keep=[kept])
    assert "なくした電話 をログアウトさせました" in answer
    assert "鳴る端末がありません" not in answer, "the other one rings"
    assert list(Device.objects.logged_in()) == [kept]
    event = AuditEvent.objects.get(action="clouddevice.logged_out")
    assert event.detail["devices"] == ["なくした電話"]


def test_what_is_missed_from_now_on_is_said_with_its_number(cloud, page):
    one, other = parts.ids(cloud)
    number = parts.numbers(cloud)[0]
    mine = parts.device(one)
    # It also rings at the other ID, with which nobody is logged in.
    other.ringing.get_or_create(number=number)
    answer = save(page, one, shown=[mine])
    assert MISSED in answer
    assert str(number) in answer
    assert "着信できる端末がありません" in page.get(address(one)).content.decode()
    theirs = parts.device(other)
    assert devices.silent(cloud_id=one) == []
    assert devices.log_out(cloud_id=one, devices=[theirs], actor=parts.member(cloud)) == [], "another ID's"
    assert Device.objects.logged_in().filter(pk=theirs.pk).exists()


def test_a_device_that_came_after_the_page_was_drawn_stays(cloud, page):
    one = parts.ids(cloud)[0]
    shown, later = parts.device(one), parts.device(one, name="後からの電話")
    save(page, one, shown=[shown])
    assert list(Device.objects.logged_in()) == [later]
    assert "変更はありません" in save(page, one, shown=[shown]), "sent again"
    assert AuditEvent.objects.filter(action="clouddevice.logged_out").count() == 1


def test_a_viewer_sees_devices_and_changes_nothing(cloud):
    one = parts.ids(cloud)[0]
    device = parts.device(one)
    viewer = log_in(parts.viewer(cloud))
    shown = viewer.get(address(one)).content.decode()
    assert device.name in shown
    assert "変更保存" not in shown
    for name in ("id-devices", "id-save", "id-password", "id-set-up"):
        assert viewer.post(address(one, name), {"shown": [str(device.uuid)]}).status_code == 403
    assert viewer.post(address(one, "test-ring", device.uuid)).status_code == 403
    assert Device.objects.logged_in().count() == 1


def test_without_a_registrar_nothing_heaps_up_and_the_page_says_not_known(cloud, page):
    one = parts.ids(cloud)[0]
    device = parts.device(one)
    assert "確認できません" in page.get(address(one)).content.decode()
    devices.log_out(cloud_id=one, devices=[device], actor=parts.member(cloud))
    assert devices.waiting(0)
    assert devices.drop_due() == 1
    assert devices.drop_due() == 0
    device.refresh_from_db()
    assert device.dropped_at is not None


def test_ended_ids_lose_their_devices_and_reconciling_finds_those_that_did_not(cloud):
    one = parts.ids(cloud)[0]
    parts.device(one)
    type(one).objects.filter(pk=one.pk).update(ended_on=clocks.now().date())
    assert "1 devices are logged in with an ID that has ended" in id_differences.differences(clocks.now())
    assert devices.log_out_all(cloud_ids=[one.pk], now=clocks.now()) == 1
    assert "1 devices are logged in with an ID that has ended" not in id_differences.differences(clocks.now())


@pytest.fixture
def gateway(settings):
    with simulated() as server:
        settings.OUTSIDE_URL = server.page
        yield server


def ring(page: Client, device: Device) -> str:
    return page.post(address(device.cloud_id, "test-ring", device.uuid), follow=True).content.decode()


def test_a_test_ring_says_whether_push_reaches_the_device(cloud, page, gateway):
    one = parts.ids(cloud)[0]
    good, gone = parts.device(one, push_token="token-1"), parts.device(one, push_token="gone-1")
    desk = parts.device(one, name="机の電話")
    assert "プッシュ通知が届きました" in ring(page, good)
    assert "プッシュ通知が届きませんでした" in ring(page, gone)
    assert "テスト着信できません" in ring(page, desk)
    states = dict(Device.objects.values_list("pk", "push_reached"))
    assert states == {good.pk: True, gone.pk: False, desk.pk: None}
    shown = page.get(address(one)).content.decode()
    assert "届いています" in shown
    assert "届いていません" in shown


@pytest.mark.parametrize("fault", ["never_next", "down_next", "fail_after_next"])
def test_a_gateway_in_trouble_leaves_the_last_answer_and_the_page_goes_on(cloud, page, gateway, fault):
    device = parts.device(parts.ids(cloud)[0], push_token="token-1")
    ring(page, device)
    gateway.faults.change({"push.ring": {fault: 1}})
    before = clocks.monotonic()
    assert "届いたか確認できませんでした" in ring(page, device)
    # Held for 30 s by the gateway; far below that, whatever else the machine does.
    assert clocks.monotonic() - before < push.DEADLINE + 15
    device.refresh_from_db()
    assert device.push_reached is True
    assert AuditEvent.objects.filter(action="clouddevice.test_ring").count() == 2


def test_the_qr_code_is_made_by_the_post_and_shown_in_its_answer_only(cloud, page):
    one = parts.ids(cloud)[0]
    where = address(one, "id-set-up")
    assert "<svg" not in page.get(where).content.decode().split("qr-title")[1].split("values-title")[0]
    answer = page.post(where)
    assert f"{settings.BASE_URL}/cloud/setup/" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert settings.SIP_SERVER in answer.content.decode()
    assert "/cloud/setup/" not in page.get(where).content.decode()
