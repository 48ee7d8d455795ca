"""What a user ordered is the company's: it goes on when he is removed, and tells him nothing any more."""

import pytest

from selfcare.accounts.models import NotificationAddress, Role
from selfcare.accounts.services import company_users
from selfcare.orders import due
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.lines.parts import fresh, line, place, service
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

OWN = "member@customer.example"


@pytest.mark.parametrize("deed", [company_users.remove, company_users.suspend])
def test_a_due_order_of_who_has_no_rights_any_more_is_carried_out(clock, deed):
    service()
    phone = line()
    owner = builders.user(customer=phone.customer, role=Role.OWNER, name="管理 花子")
    member = builders.user(customer=phone.customer, role=Role.MEMBER, name="担当 次郎", email=OWN, code_email=OWN)
    NotificationAddress.objects.create(
        customer=phone.customer, email="told@customer.example", confirmed_at="2026-11-01T00:00Z"
    )
    order = place(phone, "lines.plan", actor=member, plan="voice_1gb")
    assert Mail.objects.filter(template="order_accepted", to=OWN).exists()
    deed(user=member, actor=owner)
    sent = Mail.objects.filter(to=OWN).count()
    clock.set("2026-12-01 00:00")
    assert due.run_local() == 1
    assert fresh(phone).plan == "voice_1gb"
    order = fresh(order)
    assert order.state in {State.IN_PROGRESS, State.COMPLETED}
    assert Mail.objects.filter(to=OWN).count() == sent, "no mail about it any more"
    page = log_in(owner).get(order.get_absolute_url()).content.decode()
    gone = "担当 次郎（削除済み）"
    assert "担当 次郎" in page
    assert (gone in page) == (deed is company_users.remove)
