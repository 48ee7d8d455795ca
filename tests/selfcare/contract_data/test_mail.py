"""登録メールアドレスの変更: a link at both addresses, and whatever ends it before."""

import re
from datetime import timedelta

import pytest
from django.core import mail as sent
from django.urls import reverse

from selfcare.accounts.models import Contract, User
from selfcare.accounts.services import code_addresses
from selfcare.contract_data.models import MailLink
from selfcare.contract_data.services import mail_links
from selfcare.orders.models import Order
from selfcare.orders.services.ending import cancel
from tests.people import log_in
from tests.selfcare.accounts.parts import shown, work
from tests.selfcare.contract_data import walking

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
NEW = "new@customer.example"


@pytest.fixture
def asked(owner, contract, clock):
    client = log_in(owner)
    assert client.get("/contract/mail/").status_code == 302, "the login is to be shown once more"
    shown(client)
    page = client.post("/contract/mail/", {"contract": contract.number, "mail": NEW})
    order = Order.objects.get(uuid=page["Location"].split("/")[2])
    walking.confirm_order(order, owner)
    order.refresh_from_db()
    return order


def tokens():
    """By address, of the mails that have gone out."""
    work()
    found = {}
    for message in sent.outbox:
        link = re.search(r"/contract/mail/([\w-]{20,})/", str(message.body))
        if link:
            found[message.to[0]] = link[1]
    return found


def test_both_links_change_it_and_both_addresses_are_told(asked, contract, browser):
    links = tokens()
    assert set(links) == {"office@customer.example", NEW}
    guest = browser()
    page = f"/contract/mail/{links[NEW]}/"
    assert guest.get(page).status_code == 200
    assert MailLink.objects.filter(confirmed_at=None).count() == 2, "opening uses nothing up"
    assert "もう一方" in guest.post(page).content.decode()
    contract.refresh_from_db()
    assert contract.mail == "office@customer.example"
    assert guest.post(page).status_code == 410, "twice is once"
    assert "変更しました" in guest.post(f"/contract/mail/{links['office@customer.example']}/").content.decode()
    contract.refresh_from_db()
    asked.refresh_from_db()
    assert (contract.mail, asked.state) == (NEW, "completed")
    work()
    told = {
        message.to[0]
        for message in sent.outbox
        if "登録メールアドレス" in message.subject and "変更" in message.subject
    }
    assert {"office@customer.example", NEW} <= told


def end_cancelled(order, owner, clock):
    cancel(order=order, actor=owner)


def end_in_time(order, owner, clock):
    clock.set(order.due_at + timedelta(minutes=1))
    walking.run_everything()


def end_by_a_new_password(order, owner, clock):
    code_addresses.void(user=owner)


def end_by_the_post_office(order, owner, clock):
    """An operator has registered another address meanwhile."""
    Contract.objects.filter(pk=order.contract_id).update(mail="post@customer.example")


def end_by_a_lock(order, owner, clock):
    User.objects.filter(pk=owner.pk).update(locked_at=clock.set("2026-11-20 11:00"))


ENDS = [end_cancelled, end_in_time, end_by_a_new_password, end_by_the_post_office, end_by_a_lock]


@pytest.mark.parametrize("end", ENDS)
def test_after_its_end_no_link_changes_anything(end, asked, owner, contract, browser, clock):
    links = tokens()
    end(asked, owner, clock)
    for token in links.values():
        browser().post(f"/contract/mail/{token}/")
    contract.refresh_from_db()
    assert contract.mail != NEW
    asked.refresh_from_db()
    assert asked.state in ("cancelled", "failed")


def test_a_link_of_yesterday_is_over_in_real_time_too(asked, browser):
    links = tokens()
    MailLink.objects.update(expires_at=asked.accepted_at - timedelta(days=400))
    assert browser().post(f"/contract/mail/{links[NEW]}/").status_code == 410
    with pytest.raises(mail_links.LinkRefused):
        mail_links.of_link(links[NEW])
    assert browser().get("/contract/mail/nothing/").status_code == 404


def test_a_second_change_waits_for_the_first(asked, owner, contract):
    client = log_in(owner)
    shown(client)
    answer = client.post("/contract/mail/", {"contract": contract.number, "mail": "third@customer.example"})
    assert answer.status_code == 200
    assert "申し込み中です" in answer.content.decode()
    assert reverse("orders:order", args=[asked.uuid]) in client.get("/contract/").content.decode()
