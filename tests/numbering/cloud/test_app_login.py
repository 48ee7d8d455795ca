"""What the app asks: its login by password and by the QR code's code, its logout; who guesses, forges or replays."""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from numbering import sip
from numbering.cloud.models import CloudContract, CloudId, Device, SetupCode, Stage
from numbering.cloud.services import logins, setup_codes
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Contract
from tests.numbering.cloud import parts
from tests.numbering.help import together
from tests.people import log_in

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

LOGIN, LOGOUT = "/cloud/app/login/", "/cloud/app/logout/"


@pytest.fixture
def cloud(clock):
    return parts.cloud()


@pytest.fixture
def cloud_id(cloud) -> CloudId:
    return parts.ids(cloud)[0]


def ask(address: str, /, **message):
    return Client(enforce_csrf_checks=True).post(address, json.dumps(message), content_type="application/json")


def log(cloud_id: CloudId, password: str = parts.APP_PASSWORD, **more):
    return ask(LOGIN, login=cloud_id.login_name, password=password, device="花子のiPhone", platform="iOS 19", **more)


def code_for(cloud_id: CloudId) -> str:
    return setup_codes.make(cloud_id=cloud_id, actor=parts.member(cloud_id.cloud)).code


def test_a_device_gets_an_account_of_its_own_that_only_it_knows(cloud_id):
    answer = log(cloud_id)
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    told = answer.json()["sip"]
    device = Device.objects.get()
    assert re.fullmatch(r"d[a-z0-9]{12}", told["username"])
    assert (told["realm"], told["registrar"]) == (settings.SIP_REALM, settings.SIP_SERVER)
    made = sip.digests(username=told["username"], realm=told["realm"], password=told["password"])
    assert (device.ha1, device.ha1_sha256) == (made.ha1, made.ha1_sha256)
    assert (device.name, device.platform, device.cloud_id_id) == ("花子のiPhone", "iOS 19", cloud_id.pk)
    event = AuditEvent.objects.get(action="clouddevice.logged_in")
    assert event.customer_id == cloud_id.customer_id
    assert told["password"] not in str(event.detail)


def test_unknown_and_wrong_get_the_same_answer(cloud_id):
    wrong = log(cloud_id, "wrong-password-1")
    unknown = ask(LOGIN, login="0312345678", password="wrong-password-1", device="x")
    forged = ask(LOGIN, setup_code="forged" * 6, device="x")
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (401, forged.content)
    assert not Device.objects.exists()


def test_guessing_is_stopped_and_stops_neither_the_code_nor_who_is_logged_in(cloud_id):
    assert log(cloud_id).status_code == 201
    for _n in range(logins.PAIR.tries):
        assert log(cloud_id, "wrong-password-1").status_code == 401
    assert log(cloud_id).status_code == 429, "the right one is not even looked at"
    assert Device.objects.logged_in().count() == 1
    assert ask(LOGIN, setup_code=code_for(cloud_id), device="x").status_code == 201


def test_a_code_is_good_once_and_for_half_an_hour(cloud_id):
    code = code_for(cloud_id)
    assert ask(LOGIN, setup_code=code, device="x").status_code == 201
    assert ask(LOGIN, setup_code=code, device="x").status_code == 401, "played back"
    old = code_for(cloud_id)
    SetupCode.objects.filter(used_at=None).update(expires_at=clocks.real_now())
    assert ask(LOGIN, setup_code=old, device="x").status_code == 401
    replaced = code_for(cloud_id)
    code_for(cloud_id)
    assert ask(LOGIN, setup_code=replaced, device="x").status_code == 401
    assert SetupCode.objects.filter(digest=replaced).count() == 0, "kept as digests only"


def test_of_many_who_show_the_same_code_one_gets_in(cloud_id):
    code = code_for(cloud_id)
    answers = together([lambda: ask(LOGIN, setup_code=code, device="x").status_code] * 12, workers=4)
    assert sorted(answers) == [201] + [401] * 11
    assert Device.objects.count() == 1


def test_opening_the_codes_address_uses_nothing_up(cloud_id, browser):
    code = code_for(cloud_id)
    address = reverse("cloud:setup", args=[code])
    for _n in range(3):
        page = browser().get(address)
        assert code in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert browser().post(address).status_code == 405
    assert ask(LOGIN, setup_code=code, device="x").status_code == 201
    for used in (address, reverse("cloud:setup", args=["forged"])):
        assert "このQRコードは使えません" in browser().get(used).content.decode()


def test_an_ended_contract_or_id_lets_nobody_in(cloud, cloud_id):
    CloudContract.objects.filter(pk=cloud.pk).update(stage=Stage.ENDED)
    code = code_for(cloud_id)
    assert (log(cloud_id).status_code, log(cloud_id).json()["code"]) == (403, "ended")
    assert ask(LOGIN, setup_code=code, device="x").status_code == 403
    CloudContract.objects.filter(pk=cloud.pk).update(stage=Stage.ACTIVE)
    assert ask(LOGIN, setup_code=code, device="x").status_code == 201, "a refused login used nothing up"
    Contract.objects.filter(pk=cloud.pk).update(state=Contract.State.ENDED, ended_on=clocks.now().date())
    assert log(cloud_id).status_code == 403
    CloudId.objects.filter(pk=cloud_id.pk).update(ended_on=clocks.now().date())
    assert log(cloud_id).status_code == 401


def test_the_same_app_again_takes_its_own_place_and_there_is_a_most(cloud_id):
    assert log(cloud_id, push_token="phone-1").status_code == 201
    assert log(cloud_id, push_token="phone-1").status_code == 201
    assert Device.objects.logged_in().count() == 1
    while Device.objects.logged_in().count() < logins.MOST:
        parts.device(cloud_id)
    full = log(cloud_id, push_token="phone-2")
    assert (full.status_code, full.json()["code"]) == (403, "too_many_devices")
    assert log(cloud_id, push_token="phone-1").status_code == 201, "its own place"


def test_logins_at_once_do_not_pass_the_most(cloud_id):
    answers = together([lambda: log(cloud_id).status_code] * 9, workers=3)
    assert answers.count(201) == logins.MOST == Device.objects.logged_in().count()


def test_a_device_logs_itself_out(cloud_id):
    told = log(cloud_id).json()["sip"]
    other = parts.device(cloud_id, realm=settings.SIP_REALM)
    assert ask(LOGOUT, username=told["username"], password="wrong").status_code == 401
    assert ask(LOGOUT, username=other.username, password=told["password"]).status_code == 401
    assert ask(LOGOUT, username=told["username"], password=told["password"]).status_code == 200
    assert list(Device.objects.logged_in()) == [other]
    assert ask(LOGOUT, username=told["username"], password=told["password"]).status_code == 401


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"login=a&password=b", "text/plain", 415),
        (b"{", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"login": 1, "password": "x"}', "application/json", 400),
        (b'{"login": "a\\u0000", "password": "x"}', "application/json", 400),
        (b'{"login": "\\ud800", "password": "x"}', "application/json", 400),
        (b'{"login": "' + b"0" * 41 + b'", "password": "x"}', "application/json", 400),
        (b'{"login": "' + b"0" * 9000 + b'"}', "application/json", 413),
        (b"\xff\xfe", "application/json", 400),
    ],
)
def test_what_is_no_message_is_refused(cloud_id, body, content_type, status):
    client = Client()
    for address in (LOGIN, LOGOUT):
        assert client.post(address, body, content_type=content_type).status_code == status
        assert client.get(address).status_code == 405


def test_a_browsers_session_changes_nothing(cloud_id):
    page = log_in(parts.member(cloud_id.cloud))
    answer = page.post(LOGIN, json.dumps({"login": cloud_id.login_name}), content_type="application/json")
    assert answer.status_code == 400
    assert "Set-Cookie" not in str(log(cloud_id).headers)
