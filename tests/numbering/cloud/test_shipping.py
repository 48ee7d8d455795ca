"""Equipment: waits for 本申込, is prepared, shipped with a number, delivered; each step told and on the page."""

from datetime import date

import pytest

from billing.services import Basket, IdWish
from numbering.cloud.services import shipping
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import way
from tests.people import log_in
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def cloud(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()
    way.stock(1)
    made = way.opened(Basket(ids=(IdWish(), IdWish(desk_phone=True)), adapters=1))
    way.pay(made)
    return made


def test_nothing_is_shipped_before_it_is_ordered_for_good(clock, cloud, operator):
    with pytest.raises(NotPossible, match="何も変更していません"):
        shipping.ship(equipment=list(cloud.equipment.all()), tracking_number="1", actor=operator)
    assert set(cloud.equipment.values_list("state", flat=True)) == {"waiting"}


def test_one_parcel_is_shipped_delivered_and_told_once(clock, cloud, operator):
    way.settled(cloud)
    clock.set("2026-11-24 15:00")
    parcel = shipping.beside(cloud.equipment.first())
    assert len(parcel) == 2
    shipping.ship(equipment=parcel, tracking_number="4512-0000-0001", actor=operator)
    with pytest.raises(NotPossible):
        shipping.ship(equipment=parcel, tracking_number="4512-0000-0002", actor=operator)
    page = log_in(way.owner(cloud)).get(f"/cloud/contract/{cloud.contract.number}/").content.decode()
    assert page.count("4512-0000-0001") == 2
    assert "発送済み" in page
    sent = list(cloud.equipment.all())
    with pytest.raises(NotPossible, match="発送日より前"):
        shipping.deliver(equipment=sent, on=date(2026, 11, 23), actor=operator)
    with pytest.raises(NotPossible, match="今日まで"):
        shipping.deliver(equipment=sent, on=date(2026, 11, 25), actor=operator)
    clock.set("2026-11-26 10:00")
    shipping.deliver(equipment=sent, on=date(2026, 11, 25), actor=operator)
    assert set(cloud.equipment.values_list("state", "delivered_on")) == {("delivered", date(2026, 11, 25))}
    templates = list(
        Mail.objects.filter(template__startswith="cloud_").order_by("pk").values_list("template", flat=True)
    )
    assert templates == ["cloud_opened", "cloud_settle_invited", "cloud_shipped", "cloud_delivered"]
    assert way.delivered()[-2:] == ["機器を発送しました", "機器のお届けが完了しました"]


def test_what_was_lent_is_asked_back_at_the_end(clock, cloud, operator):
    way.settled(cloud)
    shipping.ship(equipment=list(cloud.equipment.all()), tracking_number="1", actor=operator)
    order = way.ending(cloud, date(2026, 12, 25))
    words = next(row.new for row in order.handler.summary(order) if row.label == "お返しいただく機器")
    assert "宅内装置" in words
    assert "固定型IP電話機" in words


def test_the_operators_pages_move_it(clock, cloud):
    way.settled(cloud)
    browser = inside(operator_of("provisioning"))
    one = cloud.equipment.order_by("pk").first()
    address = f"/admin/numbering/equipment/{one.pk}/do/ship/"
    assert browser.get(address).status_code == 200
    answer = browser.post(address, {"tracking_number": "77", "together": "on"})
    assert answer.status_code == 302
    assert set(cloud.equipment.values_list("state", "tracking_number")) == {("shipped", "77")}
    for page in ("equipment", "cloudcontract", "cloudportin", "portorigin"):
        assert browser.get(f"/admin/numbering/{page}/").status_code == 200
    assert browser.get("/admin/numbering/cloudcontract/?overdue=yes").status_code == 200
    way.stock(1)
    trial = way.opened()
    clock.set("2026-12-28 10:00")
    assert trial.contract.number in browser.get("/admin/").content.decode(), "nobody has ordered it for good"
    page = browser.get(f"/admin/numbering/cloudcontract/{cloud.pk}/change/").content.decode()
    assert "クラウド電話の解約（オペレーター）" in page
    assert inside(operator_of("support")).get(address).status_code == 403
