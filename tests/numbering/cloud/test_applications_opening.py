"""An accepted application becomes a contract once, with everything that was said; many operators at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connections, transaction

from billing.models import PaymentMethod
from billing.services import Basket, Fax, IdWish, Start
from numbering.cloud.models import CloudApplication, CloudContract, CloudPortIn
from numbering.cloud.services import opening
from numbering.cloud.services.applications import needs, paying, reviewing
from selfcare import clock
from selfcare.accounts.models import AuditEvent, User
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import applicants, way
from tests.numbering.help import together

PORT = {
    "port_number": "0312345678",
    "port_holder": "有限会社いそべ設計",
    "port_carrier": "架空電話",
    "port_origin": "ntt_isdn",
}
WORKERS = 8


def _accepted(application: CloudApplication, actor: User) -> CloudApplication:
    for one in application.documents.all():
        reviewing.accept_document(document=one, actor=actor)
    return application


@pytest.mark.django_db(databases=["default", "owner"])
def test_all_that_was_applied_for_is_in_the_contract(operator: User):
    tariffs.make_prices()
    way.stock(2)
    basket = Basket(fax=Fax.OWN, ids=(IdWish(), IdWish(flat_rate=True)))
    application, _token = applicants.sent(number=applicants.IN_TOKYO, basket=basket)
    paying.choose(application=application, kind=paying.BY_BANK)
    cloud = reviewing.accept(application=_accepted(application, operator), actor=operator)
    contract = cloud.contract
    assert (application.contract, application.customer, application.stage) == (contract, contract.customer, "opened")
    assert (contract.customer.name, contract.customer.kind) == (applicants.COMPANY["name"], "corporate")
    assert cloud.representative is not None
    assert cloud.representative.digits.startswith("03")
    assert PaymentMethod.objects.get(contract=contract).kind == paying.BY_BANK
    (mail,) = Mail.objects.filter(template="cloud_opened")
    assert application.code in str(mail.context)
    event = AuditEvent.objects.get(action="cloudapplication.opened")
    assert (event.customer_id, event.detail["contract"]) == (contract.customer_id, contract.number)
    with pytest.raises(NotPossible):
        reviewing.accept(application=application, actor=operator)


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_number_that_is_brought_along_is_applied_for_and_an_empty_pool_changes_nothing(operator: User):
    tariffs.make_prices()
    ported, _token = applicants.sent(number=PORT, basket=Basket(start=Start.PORT))
    cloud = reviewing.accept(application=_accepted(ported, operator), actor=operator)
    coming = CloudPortIn.objects.get(cloud=cloud)
    assert (coming.digits, coming.holder, coming.carrier) == ("0312345678", "有限会社いそべ設計", "架空電話")
    without, _other = applicants.sent(applicants.PERSON, applicants.IN_TOKYO)
    _accepted(without, operator)
    with pytest.raises(NotPossible, match="在庫"):
        reviewing.accept(application=without, actor=operator)
    without.refresh_from_db()
    assert without.is_under_review
    assert CloudContract.objects.count() == 1


@contextmanager
def _without_the_references_index() -> Iterator[None]:
    """What keeps two contracts from one application, beside the lock of its row."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'numbering_opening'::regclass AND contype = 'u'"
        )
        (name,) = cursor.fetchone()
        cursor.execute(f'ALTER TABLE numbering_opening DROP CONSTRAINT "{name}"')
        try:
            yield
        finally:
            cursor.execute(
                "DELETE FROM numbering_opening o USING numbering_opening p WHERE o.reference = p.reference AND"
                " o.cloud_id > p.cloud_id"
            )
            cursor.execute(f'ALTER TABLE numbering_opening ADD CONSTRAINT "{name}" UNIQUE (reference)')


def _open_unlocked(application: CloudApplication, actor: User) -> CloudContract:
    """What accepting does, without the lock of the application's row."""
    with transaction.atomic():
        return opening.open_contract(
            basket=needs.basket_of(application),
            applicant=way.applicant(mail=application.mail),
            reference=application.code,
            number=opening.NumberWish(),
            now=clock.now(),
            actor=actor,
        )


def _ready(operator: User) -> CloudApplication:
    tariffs.make_prices()
    way.stock(WORKERS, area="")
    application, _token = applicants.sent()
    return _accepted(application, operator)


@pytest.mark.serial
@pytest.mark.faults
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_many_operators_at_once_open_one_contract(operator: User):
    application = _ready(operator)
    results = together(
        [partial(reviewing.accept, application=application, actor=operator) for _each in range(WORKERS)],
        workers=WORKERS,
    )
    assert sum(isinstance(one, CloudContract) for one in results) == 1
    assert {type(one) for one in results if not isinstance(one, CloudContract)} == {NotPossible}
    # Without the lock the database still has one.
    again = together([partial(_open_unlocked, application, operator) for _each in range(3)], workers=3)
    assert {type(one).__name__ for one in again} == {"IntegrityError"}
    assert CloudContract.objects.count() == 1


@pytest.mark.serial
@pytest.mark.faults
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_control_without_lock_and_index_one_application_becomes_several_contracts(operator: User):
    application = _ready(operator)
    with _without_the_references_index():
        together([partial(_open_unlocked, application, operator) for _each in range(WORKERS)], workers=WORKERS)
        assert CloudContract.objects.count() > 1
