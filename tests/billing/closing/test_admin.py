"""What operators see of closings, and how they go on when something has been put right."""

import pytest
from django.urls import reverse

from billing import items
from billing.closing.figures import figures
from billing.closing.running import advance_due
from billing.models import ClosingRun, Tariff
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.work import jobs
from selfcare.work.models import Job
from tests.billing.closing import shop
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("shop_open")]


@pytest.fixture
def stopped(clock) -> ClosingRun:
    clock.set("2027-05-05 10:00")
    shop.charge(shop.contract(), shop.NUMBER, "07011110000", "2027-04-01")
    Tariff.objects.filter(item=items.RELAY_SERVICE).update(item="elsewhere")
    advance_due(time.now())
    return ClosingRun.objects.get(kind="bills")


def page(run: ClosingRun) -> str:
    return reverse("admin:billing_closingrun_change", args=[run.pk])


def test_what_stops_a_month_is_on_its_page_and_on_the_operators_home(stopped):
    billing = inside(operator_of("billing"))
    shown = billing.get(page(stopped)).content.decode()
    assert "番号ごとの料金「billing.relay_service」に、2027-04-30 の料金がありません（1件、例：07011110000）" in shown
    assert "停止中" in shown
    assert page(stopped) in billing.get("/admin/").content.decode()
    assert "停止中" in billing.get(reverse("admin:billing_closingrun_changelist")).content.decode()


def test_what_has_been_put_right_goes_on_at_the_press_of_a_button(stopped):
    billing = inside(operator_of("billing"))
    Tariff.objects.filter(item="elsewhere").update(item=items.RELAY_SERVICE)
    go_on = reverse("admin:billing_closingrun_operate", args=[stopped.pk, "go-on"])
    assert billing.get(go_on).status_code == 200
    assert billing.post(go_on).status_code == 302
    assert AuditEvent.objects.filter(action="month.closing_asked").count() == 1
    Job.objects.exclude(kind="billing.closing_now").delete()
    job = jobs.kinds()["billing.closing_now"]
    assert job.work(Job.objects.get(kind="billing.closing_now")) == {"steps": 3}
    stopped.refresh_from_db()
    assert stopped.closed_at
    assert "止まっている締めはありません。" in billing.get("/admin/").content.decode()
    shown = billing.get(page(stopped)).content.decode()
    assert "請求合計 1103" in shown
    assert "月額基本料金 1件 1000円" in shown


def test_the_metrics_say_that_a_closing_has_stopped_and_for_how_long(stopped, clock):
    clock.set("2027-05-07 10:00")
    told = {(one.name, sample.labels["kind"]): sample.value for one in figures() for sample in one.samples}
    assert told == {
        ("selfcare_closing_stopped", "bills"): 1,
        ("selfcare_closing_stopped", "voice"): 0,
        ("selfcare_closing_late_days", "bills"): 2,
        ("selfcare_closing_late_days", "voice"): 0,
    }


def test_support_looks_and_does_not_press_and_provisioning_sees_nothing(stopped):
    support, provisioning = inside(operator_of("support")), inside(operator_of("provisioning"))
    go_on = reverse("admin:billing_closingrun_operate", args=[stopped.pk, "go-on"])
    assert support.get(page(stopped)).status_code == 200
    assert support.post(go_on).status_code == 403
    assert provisioning.get(page(stopped)).status_code == 403
    assert provisioning.post(go_on).status_code == 403
