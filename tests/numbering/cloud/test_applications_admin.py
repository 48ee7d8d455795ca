"""The operators' pages of applications: found by what people say, reviewed by buttons, closed to the others."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from numbering.cloud.models import ApplicationDocument, CloudApplication, NumberArea
from selfcare.accounts.models import AuditEvent
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import applicants, way
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
LIST = "admin:numbering_cloudapplication_changelist"


@pytest.fixture
def desk(clock: Any) -> Client:
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()
    return inside(operator_of("provisioning"))


def _do(desk: Client, application: CloudApplication, name: str, data: dict[str, Any] | None = None) -> Any:
    address = reverse("admin:numbering_cloudapplication_operate", args=[application.pk, name])
    assert desk.get(address).status_code in (200, 302)
    return desk.post(address, data or {})


def test_from_the_list_to_the_contract(desk: Client):
    way.stock(1, area="")
    application, _token = applicants.sent()
    assert application.code in desk.get(reverse("admin:index")).content.decode()
    for word in (application.code, application.mail.upper(), application.name):
        assert application.code in desk.get(reverse(LIST), {"q": word}).content.decode()
    assert application.code not in desk.get(reverse(LIST), {"q": "A20261120-000001"}).content.decode()
    page = reverse("admin:numbering_cloudapplication_change", args=[application.pk])
    text = desk.get(page).content.decode()
    file = applicants.document(application, "registry").document
    assert file is not None
    assert reverse("admin:documents_document_change", args=[file.pk]) in text
    assert "承認して開通する" not in text
    assert application.code in desk.get(reverse("admin:documents_document_change", args=[file.pk])).content.decode()
    assert _do(desk, application, "review").status_code == 302
    assert _do(desk, application, "documents", {"documents": ["registry"]}).status_code == 302
    assert "入力してください" in _do(desk, application, "again").content.decode()
    assert _do(desk, application, "again", {"company_address": "住所が写っていません。"}).status_code == 302
    assert Mail.objects.get(template="cloud_application_again").context["wanted"][0][1] == "住所が写っていません。"
    applicants.send_documents(application)
    assert _do(desk, application, "documents", {"documents": ["company_address"]}).status_code == 302
    assert _do(desk, application, "open").status_code == 302
    application.refresh_from_db()
    assert application.contract is not None
    assert application.contract.number in desk.get(page).content.decode()
    done = AuditEvent.objects.filter(action__startswith="cloudapplication").exclude(actor=None)
    assert set(done.values_list("actor_name", flat=True)) == {"op_provisioning"}


def test_refused_in_words_and_only_by_those_who_may(desk: Client):
    application, _token = applicants.sent(applicants.PERSON)
    support = inside(operator_of("support"))
    assert support.get(reverse(LIST)).status_code == 200
    address = reverse("admin:numbering_cloudapplication_operate", args=[application.pk, "refuse"])
    assert support.post(address, {"reason": "x"}).status_code == 403
    assert inside(operator_of("billing")).get(reverse(LIST)).status_code == 403
    assert _do(desk, application, "refuse", {"reason": ""}).status_code == 200
    assert _do(desk, application, "refuse", {"reason": "お受けできませんでした。"}).status_code == 302
    application.refresh_from_db()
    assert (application.stage, application.reason) == ("refused", "お受けできませんでした。")
    assert ApplicationDocument.objects.get().state == "sent"


def test_areas_are_kept_by_operators(desk: Client):
    page = reverse("admin:numbering_numberarea_change", args=["03"])
    wrong = {"name": "東京", "address_starts": "千代田区", "position": "0", "is_offered": "on"}
    assert "都道府県から" in desk.post(page, wrong).content.decode()
    right = wrong | {"address_starts": "東京都千代田区\n\n東京都港区"}
    assert desk.post(page, right).status_code == 302
    area = NumberArea.objects.get(pk="03")
    assert (area.name, area.has("東京都港区芝"), area.has("東京都三鷹市")) == ("東京", True, False)
