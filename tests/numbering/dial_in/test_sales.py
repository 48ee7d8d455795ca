"""営業経由: what sales has arranged is recorded by operators, read by customers, and open until 竣工."""

import pytest
from django.urls import reverse

from numbering.dial_in.services import operating, reconciling, rescheduling, works
from numbering.dial_in.stages import stage_of
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Role
from selfcare.orders import due
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.numbering.dial_in import parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.people import log_in, person
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

TYPED = {"date": "2026-12-07", "content": "0ABJ番号 20番号の追加", "memo": "担当 六郎、注文書 118"}


@pytest.fixture
def site(clock):
    clock.set("2026-11-20 10:00")
    return parts.base().voice_contract


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def place(client, site, **typed):
    address = reverse("admin:orders_order_place", args=["numbering.dial_in_sales", site.pk])
    return client.post(address, TYPED | typed)


def record(client, site, **typed) -> Order:
    confirm = place(client, site, **typed)["Location"]
    client.post(confirm, {"shown": client.get(confirm).context["shown"]})
    return Order.objects.latest("pk")


def do(client, order, name, **data):
    return client.post(reverse("admin:orders_order_operate", args=[order.pk, f"stage-{name}"]), data)


def test_it_is_recorded_from_the_page_of_the_voice_contract(client, site):
    started = client.post(reverse("admin:numbering_voicecontract_operate", args=[site.pk, "sales"]))
    assert started["Location"] == reverse("admin:orders_order_place", args=["numbering.dial_in_sales", site.pk])
    order = record(client, site)
    assert (order.state, order.state_label, order.contract) == (State.ACKNOWLEDGED, "受付", site.contract)
    assert fresh(site).works == 1
    assert works.open_works(voice_contracts=[site.pk])[site.pk] == [order]
    assert not Mail.objects.exists()
    page = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "注文書 118" in page
    assert order.request_id in client.get(reverse("admin:numbering_voicecontract_works")).content.decode()


def test_it_is_recorded_at_any_hour(client, site, clock):
    clock.set("2026-11-22 03:00")
    assert record(client, site).state == State.ACKNOWLEDGED


@pytest.mark.parametrize("typed", [{"date": "2026-11-19"}, {"date": "2026-12-30"}, {"date": "x"}, {"content": ""}])
def test_what_cannot_be_is_said_beside_its_field(client, site, typed):
    assert place(client, site, **typed).status_code == 200
    assert not Order.objects.exists()


def test_an_ended_voice_contract_takes_none(client, site):
    site.ended_on = "2026-11-01"
    site.save(update_fields=["ended_on"])
    assert "終了しています" in place(client, site).content.decode()
    page = client.get(reverse("admin:numbering_voicecontract_change", args=[site.pk])).content.decode()
    assert "/do/sales/" not in page


def test_customers_read_it_and_nothing_more(client, site):
    order = record(client, site)
    reader = log_in(person("dial_in_reader", customer=site.customer, role=Role.OWNER))
    page = reader.get(order.get_absolute_url()).content.decode()
    assert "0ABJ番号 20番号の追加" in page
    assert "注文書 118" not in page
    assert order.request_id in reader.get(reverse("orders:history")).content.decode()
    assert reader.get(reverse("orders:cancel", args=[order.uuid])).status_code == 302
    with pytest.raises(NotPossible):
        cancel(order=order, actor=staging.customer(order))
    assert fresh(order).state == State.ACKNOWLEDGED


def test_strangers_do_not_see_it(client, site, stranger):
    order = record(client, site)
    assert log_in(stranger).get(order.get_absolute_url()).status_code == 404


def test_it_is_open_until_completion_and_then_no_more(client, site, clock):
    order = record(client, site)
    assert "開通日は2026年12月7日" in do(client, order, "complete", reason="x").content.decode()
    clock.set("2026-12-07 08:00")
    due.run_local()
    assert fresh(order).state_label == "竣工待ち"
    # 竣工 is expected two business days after the opening.
    clock.set("2026-12-08 10:00")
    assert "予定日より前に竣工とする理由" in do(client, order, "complete").content.decode()
    clock.set("2026-12-09 10:00")
    assert do(client, order, "complete").status_code == 302
    assert (fresh(order).state, fresh(order).state_label) == (State.COMPLETED, "竣工")
    assert fresh(site).works == 0
    assert not Mail.objects.exists()
    assert reconciling.differences(clocks.now()) == []


def test_the_opening_date_is_changed(client, site):
    order = record(client, site)
    answer = do(client, order, "reschedule", day="2026-12-14", reason="お客様のご都合")
    assert answer.status_code == 302
    assert fresh(order).data["date"] == "2026-12-14"
    assert str(fresh(order).due_at) == "2026-12-13 15:00:00+00:00"
    assert "2026年12月14日" in fresh(order).shown["ja"]["promise"]["text"]
    assert AuditEvent.objects.filter(action="order.rescheduled").count() == 1
    assert not Mail.objects.exists()


def test_it_is_withdrawn_with_a_reason(client, site):
    order = record(client, site)
    assert "errorlist" in do(client, order, "cancel", reason="").content.decode()
    assert do(client, order, "cancel", reason="ご契約の見直しのため").status_code == 302
    assert (fresh(order).state, fresh(order).reason) == (State.CANCELLED, "ご契約の見直しのため")
    assert fresh(site).works == 0
    assert not Mail.objects.exists()


@pytest.mark.parametrize("step", [operating.confirm, operating.arrange, operating.finish])
def test_it_has_no_other_stages(client, site, operator, step):
    order = record(client, site)
    with pytest.raises(NotPossible):
        step(order=order, actor=operator)
    with pytest.raises(NotPossible):
        operating.give_back(order=order, reason="x", actor=operator)
    assert stage_of(fresh(order)) == "received"


def test_several_are_counted_each(client, site, operator):
    first, second = record(client, site), record(client, site, content="050番号 5番号の追加")
    assert fresh(site).works == 2
    operating.cancel(order=first, reason="x", actor=operator)
    assert fresh(site).works == 1
    assert stage_of(fresh(second)) == "received"
    with pytest.raises(NotPossible):
        rescheduling.reschedule(order=first, day=clocks.now().date(), at="", reason="x", actor=operator)


@pytest.mark.parametrize("group", ["support", "billing"])
def test_other_groups_only_read(client, site, group):
    order = record(client, site)
    reader = inside(operator_of(group))
    assert "/do/" not in reader.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    for name in ("complete", "cancel", "reschedule"):
        assert do(reader, order, name, reason="x").status_code == 403
    assert place(reader, site).status_code == 403
