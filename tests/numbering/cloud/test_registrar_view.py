"""What the registrar sees of devices: those that are logged in at the business moment, beside the numbers."""

from datetime import date, timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from numbering.cloud.models import CloudContract, Device
from selfcare import clock as clocks
from tests.numbering.cloud import parts
from tests.numbering.help import at
from tests.numbering.test_registrar import as_registrar

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

ASKED = "SELECT ha1, credential FROM registrar.subscriber WHERE username = %s AND domain = %s"


@pytest.fixture
def device(clock):
    return parts.device(parts.ids(parts.cloud())[0], realm=settings.SIP_REALM)


def seen(registrar: psycopg.Connection, device: Device) -> list[tuple[str, str]]:
    return registrar.execute(ASKED, [device.username, settings.SIP_REALM]).fetchall()


def test_a_device_is_seen_under_the_negative_of_its_id(device):
    with as_registrar() as registrar:
        assert seen(registrar, device) == [(device.ha1, f"-{device.pk}")]


def test_only_between_login_and_logout_by_the_business_clock(device, clock):
    Device.objects.filter(pk=device.pk).update(logged_out_at=at("2026-11-20 17:30"))
    counts = []
    with as_registrar() as registrar:
        for moment in ("2026-11-20 09:59:59", "2026-11-20 10:00", "2026-11-20 17:29:59", "2026-11-20 17:30"):
            clock.set(moment)
            counts.append(len(seen(registrar, device)))
    assert counts == [0, 1, 1, 0]


def test_after_the_last_day_of_its_contract_it_is_refused_with_every_worker_dead(device, clock):
    CloudContract.objects.update(ends_on=date(2026, 11, 25))
    counts = []
    with as_registrar() as registrar:
        for moment in ("2026-11-25 23:59:59", "2026-11-26 00:00"):
            clock.set(moment)
            counts.append(len(seen(registrar, device)))
    assert counts == [1, 0]


def test_both_halves_of_the_view_are_found_by_their_indexes(device):
    with transaction.atomic(using="owner"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef(v.oid) FROM pg_class v WHERE v.relname = 'subscriber' AND relkind = 'v'")
        (body,) = cursor.fetchone()
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT ha1, credential FROM ({body.rstrip(';')}) AS seen"
            " WHERE username = 'd1' AND domain = 'sip.test'"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "credential_of_user" in plan
    assert "device_account_once" in plan
    assert "Seq Scan" not in plan


def test_an_account_is_one_devices_only_and_ends_after_it_began(device):
    with pytest.raises(IntegrityError, match="device_account_once"):
        parts.device(device.cloud_id, realm=device.realm, username=device.username)
    with pytest.raises(IntegrityError, match="device_out_after_in"):
        Device.objects.filter(pk=device.pk).update(logged_out_at=clocks.now() - timedelta(seconds=1))
    with pytest.raises(IntegrityError, match="device_digests_hex"):
        Device.objects.filter(pk=device.pk).update(ha1="A" * 32)
