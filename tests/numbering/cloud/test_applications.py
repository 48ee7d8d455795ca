"""Applications by their services: saved at each step, sent once, reviewed, and kept no longer than said."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from billing.services import Basket, Start
from numbering.cloud.models import ApplicationDocument, ApplicationStage, CloudApplication
from numbering.cloud.services.applications import (
    copying,
    filling,
    keeping,
    links,
    needs,
    papers,
    resending,
    reviewing,
    sending,
)
from numbering.demo import cloud_applications
from selfcare import clock, vault
from selfcare.accounts.models import AuditEvent, User
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused
from selfcare.orders.procedures import NotPossible
from selfcare.work.models import Job, Mail
from selfcare.work.posting import secret_context
from tests.billing import cloud as tariffs
from tests.numbering.cloud import applicants, parts, way

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
Stage = ApplicationStage


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    tariffs.make_prices()


def _mails() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("template", flat=True))


def test_the_same_form_is_the_same_application():
    basket = Basket()
    key = uuid4()
    first, token = filling.begin(form_key=key, basket=basket)
    second, other = filling.begin(form_key=key, basket=basket)
    assert first == second
    assert token != other
    assert links.find(token) == links.find(other) == first
    assert links.find(token[:-1]) is None
    assert links.find("") is None


def test_which_documents_are_needed_follows_what_is_chosen():
    application, _token = applicants.filled(number=applicants.IN_TOKYO)
    kinds = ["registry", "company_address", "place"]
    assert list(application.documents.order_by("pk").values_list("kind", flat=True)) == kinds
    applicants.send_documents(application)
    assert Document.objects.count() == 3
    # Another area, another kind of customer: what is needed no more is not kept.
    filling.save(application=application, values=applicants.PERSON | applicants.ANYWHERE | {"site_kind": ""})
    assert list(application.documents.values_list("kind", "state")) == [("identity", "wanted")]
    assert not Document.objects.exists()


def test_a_geographic_number_needs_an_address_in_its_area():
    application, _token = applicants.filled(number=applicants.IN_TOKYO)
    assert needs.wrong_place(application) is None
    filling.save(application=application, values={"address": "大阪府大阪市北区梅田1-1"})
    applicants.send_documents(application)
    with pytest.raises(sending.Incomplete) as refused:
        applicants.submit(application)
    assert refused.value.step == "number"
    filling.save(application=application, values={"site_address": "東京都港区芝1-1"})
    applicants.submit(application)
    assert application.stage == Stage.APPLIED


def test_sent_once_with_the_prices_that_were_shown():
    application, _token = applicants.filled()
    applicants.send_documents(application)
    shown = sending.shown_of(sending.quote_of(application))
    with pytest.raises(sending.Changed):
        sending.submit(application=application, shown={**shown, "once": 1}, agreed=[])
    for _again in range(2):
        sending.submit(application=application, shown=shown, agreed=["同意"])
    assert application.shown["monthly"] == shown["monthly"]
    assert application.shown["agreed"] == ["同意"]
    assert _mails() == ["cloud_application_link", "cloud_application_sent"]
    with pytest.raises(NotPossible):
        filling.save(application=application, values={"name": "別の会社"})


def test_only_what_was_asked_for_again_can_be_sent_again(operator: User):
    application, _token = applicants.sent()
    registry = applicants.document(application, "registry")
    held = registry.document
    with pytest.raises(Refused):
        papers.receive(row=registry, upload=applicants.upload())
    reviewing.accept_document(document=applicants.document(application, "company_address"), actor=operator)
    with pytest.raises(NotPossible):
        reviewing.ask_again(application=application, wanted={"registry": " "}, actor=operator)
    reviewing.ask_again(application=application, wanted={"registry": "2ページ目がありません。"}, actor=operator)
    assert application.stage == Stage.WANTED
    mail = Mail.objects.get(template="cloud_application_again")
    assert mail.context["wanted"] == [["登記簿謄本（履歴事項全部証明書）", "2ページ目がありません。"]]
    with pytest.raises(NotPossible):
        reviewing.accept(application=application, actor=operator)
    registry.refresh_from_db()
    papers.receive(row=registry, upload=applicants.upload("全ページ.png"))
    application.refresh_from_db()
    assert application.stage == Stage.REVIEWING
    assert registry.state == "sent"
    assert held is not None
    assert not Document.objects.filter(pk=held.pk).exists()
    with pytest.raises(Refused):
        papers.receive(row=applicants.document(application, "company_address"), upload=applicants.upload())


def test_refused_and_withdrawn_applications_are_emptied_after_their_day(operator: User):
    refused, _token = applicants.sent()
    reviewing.refuse(application=refused, reason="お受けできる地域ではありませんでした。", actor=operator)
    withdrawn, token = applicants.sent(applicants.PERSON)
    for _twice in range(2):
        sending.withdraw(application=withdrawn)
    now = clock.now()
    assert keeping.erase(now=now + keeping.KEPT - timedelta(days=2)) == 0
    assert Document.objects.count() == 3
    assert keeping.erase(now=now + keeping.KEPT + timedelta(days=1)) == 2
    withdrawn.refresh_from_db()
    assert (withdrawn.name, withdrawn.mail, withdrawn.basket, withdrawn.stage) == ("", "", {}, Stage.WITHDRAWN)
    assert not Document.objects.exists()
    assert links.find(token) is None
    told = str(list(AuditEvent.objects.filter(action__startswith="cloudapplication").values_list("detail", flat=True)))
    assert applicants.PERSON["name"] not in told
    assert applicants.PERSON["mail"] not in told
    with pytest.raises(IntegrityError), transaction.atomic():
        CloudApplication.objects.filter(pk=withdrawn.pk).update(name="x")


def test_reminders_and_the_end_of_what_nobody_goes_on_with(clock):
    start = clock.set("2026-11-20 09:30")
    application, token = applicants.filled()
    _unnamed, _other = applicants.begun()
    assert keeping.remind(now=start + timedelta(days=3, hours=-1)) == 0, "nobody is written to at night"
    for days, count in ((2, 0), (3, 1), (4, 0), (10, 1), (20, 1), (29, 0)):
        assert keeping.remind(now=start + timedelta(days=days)) == count, days
    assert keeping.expire(now=start + timedelta(days=29)) == 0
    assert keeping.expire(now=start + timedelta(days=30, minutes=1)) == 2
    application.refresh_from_db()
    # Never sent: nothing is kept of it from the same hour on.
    assert application.stage == Stage.EXPIRED
    assert application.erased_at
    assert not application.name
    assert links.find(token) is None
    assert _mails().count("cloud_application_reminder") == 3


def test_mails_to_an_address_are_limited_and_what_was_typed_is_kept():
    application, _token = applicants.begun()
    for number in range(links.APPLY_MAIL.tries):
        filling.save(application=application, values={"mail": f"a{number}@applicant.example"})
    with pytest.raises(ValidationError):
        filling.save(application=application, values={"mail": "victim@applicant.example", "name": "会社"})
    application.refresh_from_db()
    assert application.name == "会社"
    assert not Mail.objects.filter(to="victim@applicant.example").exists()


def test_a_lost_link_is_sent_to_the_address_only():
    _application, _token = applicants.filled()
    Mail.objects.all().delete()
    for mail in (applicants.COMPANY["mail"].upper(), "nobody@applicant.example"):
        resending.ask(mail=mail)
    jobs = list(Job.objects.filter(kind="cloud.send_links").order_by("pk"))
    assert len(jobs) == 2
    assert not any("applicant" in str(job.payload) for job in jobs)
    for job in jobs:
        resending.send_links(job)
    (sent,) = Mail.objects.all()
    assert sent.to == applicants.COMPANY["mail"]
    assert "name" not in sent.context
    assert sent.sealed is not None
    assert vault.open_sealed(bytes(sent.sealed), context=secret_context(sent.uuid)).startswith("/cloud/applications/")


def test_the_agency_is_named_once(operator: User):
    application, _token = applicants.sent()
    for _twice in range(2):
        sending.name_agency(application=application, code="AG-100")
    with pytest.raises(NotPossible):
        sending.name_agency(application=application, code="AG-200")
    assert application.agency_code == "AG-100"


def test_a_personal_contract_becomes_a_companys_application_without_typing_again():
    cloud = parts.cloud()
    owner = parts.owner(cloud)
    with pytest.raises(NotPossible):
        copying.corporate_from(cloud=cloud, actor=owner)
    customer = cloud.contract.customer
    type(customer).objects.filter(pk=customer.pk).update(kind="personal", kana="ハマベ ナギサ")
    cloud.contract.refresh_from_db()
    application, _token = copying.corporate_from(cloud=cloud, actor=owner)
    again, _other = copying.corporate_from(cloud=cloud, actor=owner)
    assert application == again
    assert application.from_contract == cloud.contract
    assert (application.kind, application.name, application.contact_name) == ("corporate", "", customer.name)
    assert application.address == customer.address
    assert application.mail == cloud.contract.mail
    assert set(application.documents.values_list("kind", flat=True)) >= {"registry", "company_address"}
    assert {row.state for row in ApplicationDocument.objects.all()} == {"wanted"}


def test_a_number_that_was_brought_along_is_not_brought_along_again():
    """It is ours by now: acceptance would refuse it, after the whole review."""
    way.stock(1)
    basket = Basket(start=Start.PORT)
    cloud = way.opened(basket, port=way.PORT, applicant=way.applicant(kind="personal"))
    application, _token = copying.corporate_from(cloud=cloud, actor=way.owner(cloud))
    assert application.basket == replace(basket, start=Start.NEW).as_json()
    assert not needs.is_bringing(application)


def test_the_demo_has_one_application_in_every_stage(operator: User):
    way.stock(3, area="")
    tokens = cloud_applications.make(operator=operator)
    tokens["opened"] = cloud_applications.make_opened(operator=operator)
    stages = {name: links.find(token).stage for name, token in tokens.items()}  # type: ignore[union-attr]
    assert stages == {name: name for name in tokens}
    assert set(stages) == {*Stage.values} - {Stage.EXPIRED}
    assert cloud_applications.make(operator=operator) == {}
