"""What operators do with logins: the first one of a contract, locks, the customer's policy."""

import pytest
import time_machine
from django.core.exceptions import ValidationError

from selfcare.accounts.models import AuditEvent, Contract, Customer
from selfcare.accounts.services import users
from selfcare.work import letters
from selfcare.work.models import Letter
from tests import builders
from tests.people import PASSWORD
from tests.selfcare.accounts.parts import DATABASES, give_password

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_the_first_user_is_an_owner_with_a_one_time_password_in_a_sealed_letter(contract, operator, browser):
    user, password = users.create_first_user(contract=contract, selfcare_id="new_owner", actor=operator)
    assert (user.role, user.customer_id, user.must_change_password) == ("owner", contract.customer_id, True)
    assert give_password(browser(), user, password)["Location"] == "/login/code/"
    letter = Letter.objects.get(kind="welcome", contract=contract)
    assert letter.reference == contract.number
    assert password.encode() not in bytes(letter.sealed or b"")
    assert password not in str(AuditEvent.objects.values())
    assert AuditEvent.objects.filter(action="user.created", actor=operator, object_id=str(user.pk)).exists()


def test_the_letter_prints_as_a_pdf(contract, operator):
    users.create_first_user(contract=contract, selfcare_id="new_owner", actor=operator)
    assert letters.print_batch(letters=list(Letter.objects.all()), actor=operator).startswith(b"%PDF")


def test_a_one_time_password_ends_after_30_days(contract, operator, browser):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        user, password = users.create_first_user(contract=contract, selfcare_id="new_owner", actor=operator)
        now.shift(30 * 86400 - 1)
        assert give_password(browser(), user, password).status_code == 302
        now.shift(1)
        assert give_password(browser(), user, password).status_code == 200


@pytest.mark.parametrize(
    "selfcare_id", ["short", "x" * 33, "has space", "ｆｕｌｌｗｉｄｔｈ", "dash-ed-id", "office_owner", ""]
)
def test_an_id_of_the_wrong_shape_or_in_use_is_refused(contract, owner, operator, selfcare_id):
    with pytest.raises(ValidationError):
        users.create_first_user(contract=contract, selfcare_id=selfcare_id, actor=operator)
    assert not Letter.objects.exists()


def test_lock_and_unlock_are_audited_with_their_reason_and_once(owner, operator, browser):
    for _ in range(2):
        users.lock_user(user=owner, reason="端末の紛失", actor=operator)
    assert owner.locked_at is not None
    assert give_password(browser(), owner).status_code == 200
    for _ in range(2):
        users.unlock_user(user=owner, reason="本人確認済み", actor=operator)
    assert give_password(browser(), owner).status_code == 302
    events = AuditEvent.objects.filter(action__in=["user.locked", "user.unlocked"]).order_by("id")
    assert [(event.action, event.detail["reason"], event.actor_id) for event in events] == [
        ("user.locked", "端末の紛失", operator.pk),
        ("user.unlocked", "本人確認済み", operator.pk),
    ]


def test_the_choice_of_login_is_not_for_customers_with_an_ip_phone_contract(contract, operator):
    with pytest.raises(ValidationError):
        users.set_customer_policy(
            customer=contract.customer, policy=Customer.LoginPolicy.CHOICE, reason="希望", actor=operator
        )
    mobile = builders.contract(kind=Contract.Kind.MOBILE).customer
    users.set_customer_policy(customer=mobile, policy=Customer.LoginPolicy.CHOICE, reason="移行", actor=operator)
    assert mobile.login_policy == "choice"
    event = AuditEvent.objects.get(action="customer.login_policy_changed")
    assert event.detail == {"old": "two_step", "new": "choice", "reason": "移行"}


def test_new_customers_need_the_code(contract):
    assert contract.customer.login_policy == Customer.LoginPolicy.TWO_STEP
    assert builders.user(customer=contract.customer, password=PASSWORD).login_method == "two_step"
