"""Without access to the registered mails: IDs and a one-time password by letter to the registered postal address."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Contract, PasswordReset, User
from selfcare.accounts.services import passwords
from selfcare.accounts.services.by_post import post_ids, reissue_password
from selfcare.accounts.services.users import lock_user
from selfcare.orders.models import Order
from selfcare.work import letters
from selfcare.work.models import Letter
from tests import builders
from tests.people import PASSWORD
from tests.selfcare.accounts.parts import DATABASES, give_password, is_inside, latest_code, walk_in, work

pytestmark = pytest.mark.django_db(databases=DATABASES)


def printed(kind: str, operator: User) -> str:
    """The words of the only letter, without the spaces that the layout makes."""
    pdf = letters.print_batch(letters=[Letter.objects.get(kind=kind)], actor=operator)
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def one_time_password(operator: User) -> str:
    found = re.search(r"最初のパスワード(\w+?)パスワードの期限", printed("welcome", operator))
    assert found
    return found[1]


def test_the_letter_names_id_contracts_and_newest_orders_and_no_password(clock, contract, owner, stranger, operator):
    now = time.now()
    order = Order.objects.create(
        procedure="lines.suspend", customer=contract.customer, contract=contract, state="completed", created_at=now,
        accepted_at=now, due_at=now, finished_at=now,
    )  # fmt: skip
    second = builders.contract(customer=contract.customer)
    post_ids(user=owner, reason="電話で契約番号を確認", actor=operator)
    words = printed("ids", operator)
    for word in (owner.selfcare_id, contract.number, second.number, order.request_id, contract.customer.address):
        assert word in words, word
    assert stranger.selfcare_id not in words
    event = AuditEvent.objects.get(action="user.ids_posted")
    assert (event.detail, event.actor_id) == ({"reason": "電話で契約番号を確認"}, operator.pk)
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_reissued_password_replaces_the_old_one_and_has_to_be_replaced(owner, operator):
    here = walk_in(owner)
    reissue_password(user=owner, reason="メールが使えない", actor=operator)
    assert not is_inside(here)
    assert give_password(Client(), owner).status_code == 200, "the old one is refused"
    one_time = one_time_password(operator)
    client = Client()
    assert give_password(client, owner, one_time)["Location"] == "/login/code/"
    client.post("/login/code/", {"code": latest_code()})
    assert client.get("/")["Location"] == "/account/password/"
    event = AuditEvent.objects.get(action="user.password_reissued")
    assert (event.detail, event.actor_id) == ({"reason": "メールが使えない"}, operator.pk)
    assert one_time not in str(AuditEvent.objects.values())


def test_a_reissued_password_ends_by_itself(owner, operator):
    reissue_password(user=owner, reason="依頼", actor=operator)
    assert owner.password_expires_at is not None
    one_time = one_time_password(operator)
    User.objects.filter(pk=owner.pk).update(password_expires_at=time.real_now() - timedelta(seconds=1))
    assert give_password(Client(), owner, one_time).status_code == 200


def test_links_are_void_and_the_user_is_told_by_mail_without_the_password(owner, operator):
    passwords.request_reset(selfcare_id=owner.selfcare_id, email="office@customer.example")
    work()
    reissue_password(user=owner, reason="依頼", actor=operator)
    assert not PasswordReset.objects.filter(used_at=None, expires_at__gt=time.real_now()).exists()
    work()
    assert "再発行" in str(mail.outbox[-1].subject)
    assert one_time_password(operator) not in str(mail.outbox[-1].body)


def test_a_lock_stays(owner, operator):
    lock_user(user=owner, reason="紛失", actor=operator)
    reissue_password(user=owner, reason="依頼", actor=operator)
    assert give_password(Client(), owner, one_time_password(operator)).status_code == 200


@pytest.mark.parametrize("verb", [post_ids, reissue_password])
def test_nothing_is_posted_without_an_active_contract(contract, owner, operator, verb):
    Contract.objects.filter(pk=contract.pk).update(state="ended", ended_on="2026-10-31")
    with pytest.raises(ValidationError):
        verb(user=owner, reason="依頼", actor=operator)
    assert not Letter.objects.exists()
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_suspended_user_gets_no_password(owner, operator):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        reissue_password(user=owner, reason="依頼", actor=operator)
    assert not Letter.objects.exists()
