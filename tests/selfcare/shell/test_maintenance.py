"""Maintenance: announced beforehand, one switch makes the portal read-only, operators go on."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.shell import maintenance
from selfcare.shell.models import Maintenance
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
HOUR = timedelta(hours=1)


@pytest.fixture
def announce(clock, operator):
    def announce(read_only: bool, **hours: float) -> None:
        now = time.now()
        moments = {
            name: now + hours.get(name, default) * HOUR
            for name, default in (("announce_from", -1), ("starts_at", 1), ("ends_at", 3))
        }
        maintenance.announce(message="設備工事", read_only=read_only, actor=operator, **moments)

    return announce


def test_an_announcement_stands_on_every_page_and_stops_nothing(announce, owner, as_user, client):
    announce(read_only=False)
    assert "設備工事" in client.get("/login/").content.decode()
    page = as_user(owner)
    assert "設備工事" in page.get("/").content.decode()
    assert page.post("/account/password/", {}).status_code == 200


def test_before_its_time_nothing_is_announced(announce, client):
    announce(read_only=False, announce_from=0.5)
    assert "設備工事" not in client.get("/login/").content.decode()


def test_while_read_only_a_post_gets_the_end_time_and_pages_stay_readable(announce, owner, as_user):
    announce(read_only=True)
    client = as_user(owner)
    refused = client.post("/account/password/", {"current": PASSWORD})
    assert refused.status_code == 503
    assert refused["Retry-After"] == "Fri, 20 Nov 2026 04:00:00 GMT"
    assert "13:00" in refused.content.decode()
    assert client.get("/").status_code == 200
    assert client.get("/orders/").status_code == 200
    assert client.post("/numbering/add/", {"count": "1"}).status_code == 503


def test_login_logout_and_language_go_on(announce, owner, as_user, client):
    announce(read_only=True)
    assert client.post("/login/", {"selfcare_id": "office_owner", "password": PASSWORD}).status_code == 302
    inside = as_user(owner)
    assert inside.post(reverse("set_language"), {"language": "en", "next": "/"}).status_code == 302
    assert inside.post("/logout/").status_code == 302


def test_an_end_that_has_passed_is_not_promised(announce, owner, as_user):
    announce(read_only=True, starts_at=-3, ends_at=-1)
    refused = as_user(owner).post("/account/password/")
    assert refused.status_code == 503
    assert "Retry-After" not in refused


def test_a_switch_without_announcement_is_enough(owner, operator, as_user):
    maintenance.announce(message="", announce_from=None, starts_at=None, ends_at=None, read_only=True, actor=operator)
    assert as_user(owner).post("/account/password/").status_code == 503


def test_the_change_is_in_the_audit_trail(announce, operator):
    announce(read_only=False)
    announce(read_only=True)
    last = AuditEvent.objects.filter(action="maintenance.changed").latest("id")
    assert last.actor == operator
    assert last.detail["read_only"] == [False, True]


def test_times_that_contradict_each_other_are_refused_by_service_and_database(announce, operator):
    with pytest.raises(ValidationError):
        announce(read_only=False, starts_at=3, ends_at=1)
    now = time.now()
    with pytest.raises(IntegrityError, match="maintenance_ends_after_start"), transaction.atomic():
        Maintenance.objects.create(starts_at=now, ends_at=now - HOUR)


def test_there_is_one_announcement_only():
    Maintenance.objects.create(message="一つ目")
    with pytest.raises(IntegrityError, match="maintenance"), transaction.atomic():
        Maintenance.objects.bulk_create([Maintenance(only=False)])
