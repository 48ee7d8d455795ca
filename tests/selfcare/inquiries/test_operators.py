"""The operators' side: the queue in its order, what each group may do, articles and windows as they edit them."""

import pytest
from django.urls import reverse

from selfcare.accounts.models import AuditEvent
from selfcare.inquiries.models import Article, Category, Inquiry, SupportContact
from selfcare.staff.groups import GROUPS
from tests.selfcare.inquiries.parts import sent
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
LIST = "admin:inquiries_inquiry_changelist"


def do(inquiry: Inquiry, name: str) -> str:
    return reverse("admin:inquiries_inquiry_operate", args=[inquiry.pk, name])


def test_the_queue_is_by_urgency_and_promise_with_the_late_marked(owner, clock):
    clock.set("2026-11-19 10:00")
    late = sent(owner, text="一")
    clock.set("2026-11-20 11:00")
    later = sent(owner, text="二")
    urgent = sent(owner, text="三", category=Category.STOPPED, callback_phone="09000001111")
    client = inside(operator_of("support"))
    page = client.get(reverse(LIST)).content.decode()
    places = [page.index(one.ticket) for one in (urgent, late, later)]
    assert places == sorted(places)
    assert page.count("過ぎています") == 1
    home = client.get(reverse("admin:index")).content.decode()
    assert "回答予定を過ぎたものが1件" in home
    assert "緊急（電話が止まっている）が1件" in home
    assert later.ticket not in client.get(reverse(LIST), {"due": "overdue"}).content.decode()
    assert urgent.ticket in client.get(reverse(LIST), {"q": urgent.ticket}).content.decode()
    assert urgent.ticket in client.get(reverse(LIST), {"q": "090-0000-1111"}).content.decode()
    assert urgent.ticket in client.get(reverse(LIST), {"q": owner.customer.partner_id}).content.decode()
    assert urgent.ticket not in client.get(reverse(LIST), {"q": "nobody"}).content.decode()


def test_answering_noting_assigning_closing(owner, clock):
    inquiry = sent(owner, text="<script>質問</script>")
    operator = operator_of("support")
    client = inside(operator)
    form = client.get(do(inquiry, "answer")).content.decode()
    assert "&lt;script&gt;質問" in form
    client.post(do(inquiry, "note"), {"text": "確認します"})
    client.post(do(inquiry, "assign"), {"to": operator.pk})
    client.post(do(inquiry, "answer"), {"text": "お試しください", "seen": inquiry.messages.earliest("pk").pk})
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.assigned_to) == ("answered", operator)
    page = client.get(reverse("admin:inquiries_inquiry_change", args=[inquiry.pk])).content.decode()
    assert "社内メモ" in page
    assert "確認します" in page
    for name, reason in (("close", "解決"), ("reopen", "再調査")):
        assert client.post(do(inquiry, name), {"reason": reason}).status_code == 302
    stale = client.post(do(inquiry, "answer"), {"text": "古い画面", "seen": inquiry.messages.earliest("pk").pk})
    assert "新しいメッセージが届きました" in stale.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.is_open


@pytest.mark.parametrize("group", GROUPS)
def test_groups(owner, clock, group):
    inquiry = sent(owner)
    client = inside(operator_of(group))
    may_answer = group in ("support", "admin")
    assert client.get(reverse(LIST)).status_code == 200
    assert client.get(do(inquiry, "answer")).status_code == (200 if may_answer else 403)
    assert client.post(do(inquiry, "close"), {"reason": "x"}).status_code == (302 if may_answer else 403)
    for noun in ("article", "supportcontact"):
        assert client.get(reverse(f"admin:inquiries_{noun}_changelist")).status_code == 200
    assert client.get(reverse("admin:inquiries_article_add")).status_code == (200 if may_answer else 403)


def test_articles_and_windows_are_edited_and_audited(owner, client):
    inside_client = inside(operator_of("support"))
    posted = {
        "slug": "new-one", "category": "app", "title": "新しい質問", "title_en": "", "body": "**答え** <i>",
        "body_en": "", "keywords": "あたらしい", "position": "5", "is_published": "on",
    }  # fmt: skip
    inside_client.post(reverse("admin:inquiries_article_add"), posted)
    page = client.get(reverse("inquiries:article", args=["new-one"])).content.decode()
    assert "<strong>答え</strong> &lt;i&gt;" in page
    article = Article.objects.get(slug="new-one")
    address = reverse("admin:inquiries_article_change", args=[article.pk])
    inside_client.post(address, {**posted, "slug": "moved", "title": "変えた質問"})
    article.refresh_from_db()
    assert (article.slug, article.title) == ("new-one", "変えた質問")
    window = SupportContact.objects.get(service="mobile")
    address = reverse("admin:inquiries_supportcontact_change", args=[window.pk])
    entered = {"name": "担当営業", "mail": "m@example.jp", "phone": "03-1234-5678", "opens": "09:00", "closes": "18:00"}
    assert inside_client.post(address, entered | {"phone": "x"}).status_code == 200
    assert inside_client.post(address, entered).status_code == 302
    window.refresh_from_db()
    assert (window.phone, window.weekdays_only) == ("0312345678", False)
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions >= {"article.created", "article.changed", "supportcontact.changed"}
