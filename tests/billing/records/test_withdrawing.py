"""Fees and corrections that were entered wrongly: refused where no bill could take them, withdrawn while none has."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from billing.closing.running import close_bills, close_voice
from billing.models import Bill, OnceCharge
from billing.services.entering import withdraw_fee
from selfcare.accounts.models import AuditEvent
from tests.billing.closing import shop
from tests.billing.closing.conftest import shop_open
from tests.selfcare.staff.people import DATABASES, inside, operator_of

__all__ = ["shop_open"]
pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("shop_open")]

APRIL = date(2027, 4, 1)


@pytest.fixture
def fee(shop_open) -> OnceCharge:
    return shop.once(shop.contract(), -300, "2027-04-10", corrects=date(2027, 3, 1), reason="誤り", words="訂正")


def _address(fee: OnceCharge) -> str:
    return reverse("admin:billing_oncecharge_operate", args=[fee.pk, "withdraw"])


def _close() -> None:
    close_voice(APRIL, shop.japan("2027-05-05 10:00"))
    close_bills(APRIL, "month_end", shop.japan("2027-05-05 10:00"))


def test_a_correction_is_withdrawn_with_a_reason_before_it_is_billed(fee):
    billing = inside(operator_of("billing"))
    assert _address(fee) in billing.get(reverse("admin:billing_oncecharge_change", args=[fee.pk])).content.decode()
    assert billing.post(_address(fee), {"reason": ""}).status_code == 200
    assert OnceCharge.objects.exists()
    answer = billing.post(_address(fee), {"reason": "月の間違い"}, follow=True)
    assert "取り下げました" in answer.content.decode()
    assert not OnceCharge.objects.exists()
    event = AuditEvent.objects.get(action="oncecharge.withdrawn")
    assert (event.object_id, event.detail["reason"]) == (str(fee.pk), "月の間違い")
    assert (event.detail["was"]["amount"], event.detail["was"]["corrects"]) == (-300, "2027-03-01")
    _close()
    assert not Bill.objects.exists()


def test_what_has_been_billed_is_not_withdrawn(fee):
    billing, actor = inside(operator_of("billing")), operator_of("billing", "op_other")
    _close()
    assert billing.post(_address(fee), {"reason": "遅い"}).status_code == 302
    with pytest.raises(ValidationError, match="取り下げられません"):
        withdraw_fee(fee=fee, reason="遅い", actor=actor)  # as it was read before the closing
    assert OnceCharge.objects.get().billed == Bill.objects.get()
    assert not AuditEvent.objects.filter(action="oncecharge.withdrawn").exists()


@pytest.mark.parametrize("group", ["support", "provisioning"])
def test_others_look_and_withdraw_nothing(fee, group):
    client = inside(operator_of(group))
    assert _address(fee) not in client.get(reverse("admin:billing_oncecharge_change", args=[fee.pk])).content.decode()
    assert client.post(_address(fee), {"reason": "不要"}).status_code == 403
    assert OnceCharge.objects.exists()
