"""What the registrar sees: live credentials by its own role, and nothing else; and that two can never be live."""

import os
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from psycopg.conninfo import make_conninfo

from numbering import sip
from numbering.models import Assignment, Credential
from selfcare.runtime import roles
from tests import builders
from tests.numbering.help import add, at
from tests.numbering.help import stock as fill

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def as_registrar() -> psycopg.Connection:
    url = os.environ["SELFCARE_TEST_SUPERUSER_URL"]
    name = connection.settings_dict["NAME"]
    return psycopg.connect(make_conninfo(url, dbname=name, user=roles.REGISTRAR), autocommit=True)


@pytest.fixture
def number(clock, contract, owner):
    fill(1)
    return add(contract, 1, actor=owner).result["numbers"][0]


def test_a_number_can_register_as_soon_as_it_is_issued(number):
    with as_registrar() as registrar:
        rows = registrar.execute(
            "SELECT ha1, ha1b FROM registrar.subscriber WHERE username = %s AND domain = %s",
            [number, settings.SIP_REALM],
        ).fetchall()
    credential = Credential.objects.get()
    assert rows == [(credential.ha1, credential.ha1b)]
    assert credential.ha1 == credential.ha1.lower()


def test_the_role_can_neither_read_nor_write_anything_else(number):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname IN ('public', 'registrar')"
        )
        relations = cursor.fetchall()
    assert len(relations) > 30
    with as_registrar() as registrar:
        registrar.execute("SET default_transaction_read_only = off")
        for schema, relation in relations:
            name = f'"{schema}"."{relation}"'
            is_view = (schema, relation) == ("registrar", "subscriber")
            statements = [f"DELETE FROM {name}", f"UPDATE {name} SET username = 'x'" if is_view else f"TRUNCATE {name}"]
            # A view of two tables takes no writing at all, whoever asks.
            refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)
            for statement in statements if is_view else [f"SELECT 1 FROM {name}", *statements]:
                with pytest.raises(refused if is_view else refused[0]):
                    registrar.execute(statement)
        for statement in ("CREATE TABLE public.x (i int)", "CREATE TABLE registrar.x (i int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                registrar.execute(statement)


def test_only_what_is_live_at_the_business_moment_is_seen(number, clock):
    credential = Credential.objects.get()
    credential.live = (credential.live.lower, at("2026-11-20 17:30"))
    credential.save(update_fields=["live"])
    seen = []
    with as_registrar() as registrar:
        for moment in ("2026-11-20 09:59:59", "2026-11-20 10:00", "2026-11-20 17:29:59", "2026-11-20 17:30"):
            clock.set(moment)
            seen.append(len(registrar.execute("SELECT 1 FROM registrar.subscriber").fetchall()))
    assert seen == [0, 1, 1, 0]


def test_the_view_finds_a_user_by_its_index(number):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT ha1 FROM numbering_credential"
            " WHERE username = 'x' AND realm = 'y' AND live @> selfcare_now()"
        )
        assert "credential_of_user" in "".join(row[0] for row in cursor.fetchall())


def credential(assignment: Assignment, live, password: str = "Passw0rd") -> Credential:
    digests = sip.digests(username=assignment.digits, realm=settings.SIP_REALM, password=password)
    return Credential(
        number_id=assignment.number_id,
        customer_id=assignment.customer_id,
        username=assignment.digits,
        realm=settings.SIP_REALM,
        ha1=digests.ha1,
        ha1b=digests.ha1b,
        ha1_sha256=digests.ha1_sha256,
        live=live,
    )


def test_two_passwords_of_one_number_are_never_live_at_once(number):
    assignment = Assignment.objects.get(digits=number)
    now = at("2026-11-20 10:00")
    with pytest.raises(IntegrityError, match="credential_one_live"):
        credential(assignment, (now + timedelta(hours=1), None)).save()
    kept = Credential.objects.get()
    kept.live = (now, now + timedelta(hours=1))
    kept.save(update_fields=["live"])
    credential(assignment, (now + timedelta(hours=1), None)).save()  # half-open: the next begins where one ends


def test_digests_that_are_none_are_refused(number):
    assignment = Assignment.objects.get(digits=number)
    kept = Credential.objects.get()
    for bad in ("", "A" * 32, "a" * 31, "g" * 32):
        with pytest.raises(IntegrityError, match="credential_digests_hex"), transaction.atomic():
            Credential.objects.filter(pk=kept.pk).update(ha1=bad)
    with pytest.raises(IntegrityError, match="credential_live_some_time"):
        now = at("2026-11-19 10:00")
        credential(assignment, (now, now)).save()


def test_the_digests_are_those_of_the_books():
    """RFC 2617 section 3.5's example of HA1, and ha1b as Kamailio's auth_db wants it."""
    known = sip.digests(username="Mufasa", realm="testrealm@host.com", password="Circle Of Life")
    assert known.ha1 == "939e7578ed9e3c518a452acee763bce9"
    same = sip.digests(username="a@b", realm="b", password="c")
    assert sip.digests(username="a", realm="b", password="c").ha1b == same.ha1


def test_a_number_is_on_one_contract_only(number):
    taken = Assignment.objects.get(digits=number)
    other = builders.contract()
    with pytest.raises(IntegrityError, match="assignment_number_on_one_contract"):
        Assignment.objects.create(
            number_id=taken.number_id,
            digits=number,
            customer_id=other.customer_id,
            contract=other,
            origin="added",
            free_since=taken.free_since,
        )
