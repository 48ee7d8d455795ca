"""What is typed is measured as it is kept; what has ended while a form was open stays ended; what is sent counts."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from billing.services import Basket, Start
from numbering.admin.cloud.areas import NumberAreaForm
from numbering.cloud.forms.call_settings import VoicemailForm
from numbering.cloud.models import ApplicationLink, CloudId, CloudNumber, Ringing
from numbering.cloud.services import ids, numbers
from numbering.cloud.services.applications import filling, keeping, links, summary
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import applicants, parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _prices(clock) -> None:
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()


@pytest.mark.parametrize(
    ("name", "sign", "many"), [("kana", "㌖", 120), ("contact_kana", "㌖", 80), ("agency_code", "㎏", 20)]
)
def test_signs_that_become_several_letters_are_refused_in_words(name, sign, many):
    _application, token = applicants.begun()
    page = reverse("cloud:apply_who", args=[token])
    answer = Client().post(page, {**applicants.COMPANY, name: sign * many})
    assert answer.status_code == 200
    assert name in answer.context["form"].errors


def test_a_longer_mail_address_than_mails_are_sent_to_is_refused():
    typed = f"a@{'.'.join(['b' * 60] * 4)}.{'c' * 40}.jp"
    form = VoicemailForm({"is_on": "on", "after_seconds": "20", "greeting": "はい", "addresses": typed})
    assert len(typed) > 254
    assert "addresses" in form.errors


def test_the_same_form_sent_for_ever_makes_no_links_for_ever():
    key = uuid4()
    for _again in range(links.APPLY.tries):
        filling.begin(form_key=key, basket=Basket())
    with pytest.raises(ValidationError):
        filling.begin(form_key=key, basket=Basket())
    assert ApplicationLink.objects.count() == links.APPLY.tries


def test_after_a_standstill_one_reminder_makes_up_for_several(clock):
    application, _token = applicants.filled()
    for _again in range(2):
        keeping.remind(now=application.saved_at + timedelta(days=21))
    assert Mail.objects.filter(template="cloud_application_reminder").count() == 1
    application.refresh_from_db()
    assert application.reminders == len(keeping.REMINDERS)


def test_a_landline_is_told_only_while_it_is_forwarded():
    application, _token = applicants.filled(
        number={**applicants.ANYWHERE, "landline": "0311112222"}, basket=Basket(start=Start.RECEIVE)
    )
    assert "転送元" in str(summary.rows_of(application))
    filling.save(application=application, values={"basket": Basket().as_json()})
    assert "転送元" not in str(summary.rows_of(application))


def test_what_has_ended_meanwhile_neither_rings_nor_is_shown():
    cloud = parts.cloud(numbers=2, ids=2)
    (first, second), (one, other) = parts.numbers(cloud), parts.ids(cloud)
    actor = parts.member(cloud)
    CloudId.objects.filter(pk=other.pk).update(ended_on=date(2026, 11, 20))
    numbers.set_up(number=first, label="", rings_at=[one, other], actor=actor)
    assert list(Ringing.objects.filter(number=first).values_list("cloud_id", flat=True)) == [one.pk]
    CloudNumber.objects.filter(pk=second.pk).update(ended_on=date(2026, 11, 20))
    with pytest.raises(NotPossible, match="発信番号"):
        ids.set_up(cloud_id=one, label="", numbers=[first], outgoing=second, actor=actor)


@pytest.mark.parametrize(("code", "starts", "good"), [("06", "", False), ("06", "大阪府", True), ("050", "", True)])
def test_an_area_says_where_its_addresses_begin(code, starts, good):
    typed = {"code": code, "name": "x", "address_starts": starts, "position": "1", "is_offered": "on"}
    errors = NumberAreaForm(typed).errors
    assert ("address_starts" not in errors) is good, errors
