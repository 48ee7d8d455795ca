"""Changes by a file and by operators, asked of a real Kamailio: telephones see nothing but the moments."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import reverse

from numbering.models import Assignment, Credential
from numbering.services import registrations
from numbering.services.sip_password_operating import force
from selfcare import clock as clocks
from selfcare.accounts.models import User
from selfcare.orders import due
from selfcare.orders.models import Batch, Order
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.harness.sip import Telephone
from tests.numbering.help import draft, take
from tests.numbering.passwords import OLD, change, number_of, press
from tests.real.conftest import NEW, NEW_ONLY, NONE, OLD_ONLY, REALM, SLOTTED

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


def by_file(page, numbers: list[Assignment], **others: str):
    """Upload and confirm; what the confirm page's button answers."""
    rows = "\n".join(f"{one.digits},{OLD},{NEW}" for one in numbers).encode()
    file = SimpleUploadedFile("passwords.csv", rows, "text/csv")
    answer = page.post("/numbering/sip-password/file/", {"file": file, "when": "now", **others})
    assert answer.status_code == 302, answer.content.decode()
    return press(page, answer.url)


@pytest.mark.parametrize("client", ["sipp", "sipsak"])
def test_a_file_changes_all_of_its_numbers_at_their_moments(tried, contract, page, clock, client):
    numbers = [number_of(contract, "b2bua_opengate") for _n in range(3)]
    clock.set("2026-11-20 14:00")
    seen = [[tried(one, client=client) for one in numbers]]
    assert by_file(page, numbers).status_code == 302
    seen.append([tried(one, client=client) for one in numbers])
    for moment in ("17:29:59", "17:30"):
        clock.set(f"2026-11-20 {moment}")
        seen.append([tried(one, client=client) for one in numbers])
    assert seen == [[state] * 3 for state in (OLD_ONLY, NONE, NONE, NEW_ONLY)]
    assert due.run_local() == 3
    assert set(Order.objects.values_list("state", flat=True)) == {State.COMPLETED}


def test_a_file_for_the_standard_service_changes_at_once(tried, contract, page, clock):
    numbers = [number_of(contract, "standard") for _n in range(2)]
    clock.set("2026-11-20 14:00")
    by_file(page, numbers)
    assert [tried(one) for one in numbers] == [NEW_ONLY] * 2


def test_a_file_that_is_undone_is_as_if_it_had_not_been(tried, contract, page, clock):
    numbers = [number_of(contract, "b2bua") for _n in range(3)]
    clock.set("2026-11-20 14:00")
    by_file(page, numbers)
    page.post(reverse("orders:batch_cancel", args=[Batch.objects.get().uuid]))
    assert [tried(one) for one in numbers] == [OLD_ONLY] * 3
    assert [tried(one, "17:30") for one in numbers] == [OLD_ONLY] * 3


def test_a_booked_file_has_two_moments(tried, contract, page, clock):
    numbers = [number_of(contract, "b2bua") for _n in range(2)]
    clock.set("2026-11-20 14:00")
    by_file(page, numbers, when="at", at="2026-11-20T23:59")
    moments = ("23:58:59", "23:59", "2026-11-21 00:30")
    assert [[tried(one, moment) for one in numbers] for moment in moments] == [
        [OLD_ONLY] * 2,
        [NONE] * 2,
        [NEW_ONLY] * 2,
    ]


@contextmanager
def one_row_refused(number: Assignment) -> Iterator[None]:
    """The database itself refuses the new password of one number."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION tests_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
            f" IF NEW.number_id = {number.number_id} THEN"
            " RAISE EXCEPTION 'refused' USING ERRCODE = 'exclusion_violation'; END IF; RETURN NEW; END$$;"
            " CREATE TRIGGER tests_refuse BEFORE INSERT ON numbering_credential"
            " FOR EACH ROW EXECUTE FUNCTION tests_refuse()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION tests_refuse() CASCADE")


def test_a_file_of_which_one_number_is_refused_changes_none(tried, contract, page, clock):
    numbers = [number_of(contract, "b2bua") for _n in range(3)]
    clock.set("2026-11-20 14:00")
    with one_row_refused(numbers[2]):
        assert by_file(page, numbers).status_code == 409
    assert [tried(one) for one in numbers] == [OLD_ONLY] * 3
    assert set(Order.objects.values_list("state", flat=True)) == {State.DRAFT}


@pytest.mark.parametrize("client", ["sipp", "sipsak"])
@pytest.mark.parametrize("service", SLOTTED)
def test_forced_by_an_operator_the_new_one_is_taken_now(tried, contract, page, operator, service, client):
    number = number_of(contract, service)
    seen = [tried(number, "14:00", client)]
    order = change(page, number, NEW)
    seen.append(tried(number, "15:00", client))
    force(order=order, reason="お急ぎのため", actor=operator)
    seen += [tried(number, moment, client) for moment in ("15:00", "17:30")]
    assert seen == [OLD_ONLY, NONE, NEW_ONLY, NEW_ONLY]


def test_a_booked_change_is_forced_before_the_old_one_ended(tried, contract, page, operator, attached):
    number = number_of(contract, "b2bua")
    tried(number, "14:00")
    order = change(page, number, NEW, when="at", at="2026-11-25T23:59")
    with Telephone(number.digits, REALM, OLD, attached.address) as telephone:
        assert telephone.register() == 200
        force(order=order, reason="お急ぎのため", actor=operator)
        assert registrations.drop_due() == 1
        assert telephone.register() == 403
    assert [tried(number, moment) for moment in ("14:00", "2026-11-25 23:59", "2026-11-26 00:30")] == [NEW_ONLY] * 3


@pytest.mark.parametrize("client", ["sipp", "sipsak"])
def test_a_waiting_change_taken_back_by_an_operator(tried, contract, page, operator, client):
    number = number_of(contract, "b2bua")
    seen = [tried(number, "14:00", client)]
    order = change(page, number, NEW)
    seen.append(tried(number, "17:29:59", client))
    cancel(order=order, actor=operator, reason="設備の点検のため")
    seen += [tried(number, moment, client) for moment in ("17:29:59", "17:30")]
    assert seen == [OLD_ONLY, NONE, OLD_ONLY, OLD_ONLY]


def restored(number: Assignment, operator: User) -> Order:
    live = Credential.objects.get(number_id=number.number_id, live__contains=clocks.now())
    data = {"reason": "ご依頼による", "credential": live.pk}
    order = take(draft("numbering.sip_password_restore", number, data, actor=operator), actor=operator)
    due.run_now([order.pk])
    order.refresh_from_db()
    return order


@pytest.mark.parametrize("client", ["sipp", "sipsak"])
@pytest.mark.parametrize("service", ["standard", *SLOTTED])
def test_a_completed_change_rolled_back_by_an_operator(tried, contract, page, operator, attached, service, client):
    number = number_of(contract, service)
    tried(number, "14:00")
    change(page, number, NEW)
    seen = [tried(number, "18:00", client)]
    due.run_local()
    with Telephone(number.digits, REALM, NEW, attached.address) as telephone:
        assert telephone.register() == 200
        assert restored(number, operator).state == State.COMPLETED
        seen.append(tried(number, client=client))
        registrations.drop_due()
        assert telephone.register() == 403
    seen.append(tried(number, "2026-11-21 18:00", client))
    assert seen == [NEW_ONLY, OLD_ONLY, OLD_ONLY]
