"""番号ID設定: the list, an ID's settings and password, a number's settings; always of one's own."""

import re

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from numbering.cloud.models import CloudId, Device, Ringing
from numbering.cloud.services import ids
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, UserSession
from tests.numbering.cloud import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def cloud(clock):
    return parts.cloud(numbers=2, ids=2)


@pytest.fixture
def page(cloud):
    return log_in(parts.member(cloud))


def of(name, *args):
    return reverse(f"cloud:{name}", args=args)


def test_the_list_has_every_number_and_id_and_who_is_logged_in(cloud, page):
    first, _second = parts.ids(cloud)
    parts.device(first)
    shown = page.get(of("numbers")).content.decode()
    for one in [*parts.ids(cloud)]:
        assert one.login_name in shown
        assert of("id", one.code) in shown
    assert all(of("number", one.digits) in shown for one in parts.numbers(cloud))
    assert "1台" in shown


def test_an_id_is_set_up_and_the_trail_says_what_changed(cloud, page):
    one, (first, second) = parts.ids(cloud)[0], parts.numbers(cloud)
    sent = {"label": " 受付  窓口 ", "numbers": [first.pk, second.pk], "outgoing": second.pk}
    assert page.post(of("id-save", one.code), sent).status_code == 302
    one.refresh_from_db()
    assert (one.label, one.outgoing_id) == ("受付 窓口", second.pk)
    assert set(Ringing.objects.filter(cloud_id=one).values_list("number_id", flat=True)) == {first.pk, second.pk}
    (event,) = AuditEvent.objects.filter(action="cloudid.changed")
    assert event.detail["outgoing"] == [first.digits, second.digits]
    assert page.post(of("id-save", one.code), sent).status_code == 302
    assert AuditEvent.objects.filter(action="cloudid.changed").count() == 1, "nothing was changed"


def test_a_fax_number_is_always_used_by_an_id(cloud, page):
    fax, (one, other) = parts.number(cloud, use="fax"), parts.ids(cloud)
    Ringing.objects.create(number=fax, cloud_id=one)
    answer = page.post(of("id-save", one.code), {"label": "", "numbers": [], "outgoing": one.outgoing_id})
    assert "FAX番号" in answer.content.decode()
    assert Ringing.objects.filter(cloud_id=one).count() == 2, "nothing was changed"
    assert "1つ以上" in page.post(of("number", fax.digits), {"label": "", "ids": []}).content.decode()
    assert page.post(of("number", fax.digits), {"label": "FAX", "ids": [other.pk]}).status_code == 302
    assert list(fax.ringing.values_list("cloud_id", flat=True)) == [other.pk]


def test_several_ids_ring_together_and_a_number_may_ring_nowhere(cloud, page):
    number = parts.numbers(cloud)[0]
    page.post(of("number", number.digits), {"label": "代表", "ids": [one.pk for one in parts.ids(cloud)]})
    assert number.ringing.count() == 2
    page.post(of("number", number.digits), {"label": "代表", "ids": []})
    assert number.ringing.count() == 0
    assert "どの端末も鳴りません" in page.get(of("numbers")).content.decode()


def shown_secret(answer) -> str:
    found = re.search(r'id="made"[^>]*>([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def test_a_generated_password_is_shown_in_one_answer_and_kept_as_a_hash(cloud, page):
    one = parts.ids(cloud)[0]
    device = parts.device(one)
    answer = page.post(of("id-password", one.code), {"how": "generated"})
    secret = shown_secret(answer)
    assert len(secret) == ids.GENERATED
    assert "no-store" in answer["Cache-Control"]
    one.refresh_from_db()
    assert check_password(secret, one.password)
    assert secret not in page.get(of("id-password", one.code)).content.decode()
    assert secret not in page.get(of("id", one.code)).content.decode()
    assert secret not in str(AuditEvent.objects.get(action="cloudid.password_set").detail)
    assert Device.objects.logged_in().filter(pk=device.pk).exists(), "devices stay, unless asked"


def test_a_reset_logs_all_devices_of_the_id_out_when_asked(cloud, page):
    one, other = parts.ids(cloud)
    lost, kept = parts.device(one), parts.device(other)
    page.post(of("id-password", one.code), {"how": "generated", "log_out": "on"})
    assert list(Device.objects.logged_in()) == [kept]
    assert AuditEvent.objects.get(action="cloudid.password_set").detail["devices"] == [lost.name]


@pytest.mark.parametrize(
    "typed",
    ["short1!", "x" * 65, "日本語のパスワードです", "with space 12", "aaaaaaaaaaaa", "password12", "{digits}", ""],
)
def test_a_typed_password_must_not_be_weak(cloud, page, typed):
    one = parts.ids(cloud)[0]
    typed = typed.format(digits=one.login_name)
    before = one.password
    answer = page.post(of("id-password", one.code), {"how": "typed", "password": typed})
    assert 'id="made"' not in answer.content.decode()
    one.refresh_from_db()
    assert one.password == before


def test_a_typed_password_is_taken(cloud, page):
    one = parts.ids(cloud)[0]
    assert shown_secret(page.post(of("id-password", one.code), {"how": "typed", "password": "Kamome-2026x"})) == (
        "Kamome-2026x"
    )
    one.refresh_from_db()
    assert check_password("Kamome-2026x", one.password)


def test_others_ids_and_numbers_are_not_there(cloud, page):
    other = parts.cloud()
    theirs, number = parts.ids(other)[0], parts.numbers(other)[0]
    own = parts.ids(cloud)[0]
    device = parts.device(theirs)
    for name in ("id", "id-password", "id-set-up"):
        assert page.get(of(name, theirs.code)).status_code == 404
    assert page.get(of("number", number.digits)).status_code == 404
    for name in ("id-save", "id-devices", "id-password", "id-set-up"):
        assert page.post(of(name, theirs.code), {}).status_code == 404
    assert page.post(of("test-ring", theirs.code, device.uuid)).status_code == 404
    assert page.post(of("test-ring", own.code, device.uuid)).status_code == 404
    # One's own form with somebody else's rows: none of them is a choice.
    page.post(of("id-devices", own.code), {"shown": [str(device.uuid)]})
    assert Device.objects.logged_in().filter(pk=device.pk).exists()
    answer = page.post(of("id-save", own.code), {"label": "x", "numbers": [number.pk], "outgoing": number.pk})
    assert answer.status_code == 200
    assert not Ringing.objects.filter(cloud_id=own, number=number).exists()
    assert page.post(of("number", parts.numbers(cloud)[0].digits), {"label": "", "ids": [theirs.pk]}).status_code == 200
    assert not CloudId.objects.filter(pk=own.pk, outgoing=number).exists()


def test_the_list_asks_as_often_for_many_as_for_few(cloud, page):
    def asked() -> int:
        page.get(of("numbers"))
        # A session notes once a minute that it is in use.
        UserSession.objects.update(last_seen_at=clocks.real_now())
        with CaptureQueriesContext(connection) as queries:
            assert page.get(of("numbers")).status_code == 200
        return len(queries)

    few = asked()
    for one in [parts.cloud_id(cloud) for _n in range(15)]:
        parts.device(one)
        Ringing.objects.create(number=parts.number(cloud), cloud_id=one)
    assert asked() == few <= 17
