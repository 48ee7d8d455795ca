"""よくある質問: for everybody, logged in or not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from selfcare.inquiries import faq, markup
from selfcare.inquiries.models import Article, Category

LONGEST = 100


def asked(request: HttpRequest) -> str:
    """What is looked for; a NUL is in no text."""
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    query = asked(request)
    category = request.GET.get("category", "")
    category = category if category in Category.values else ""
    articles = faq.find(query, category=category, most=100)
    context = {
        "query": query,
        "category": category,
        "categories": Category.choices,
        "groups": [] if query else _grouped(articles),
        "articles": articles,
    }
    return render(request, "inquiries/faq.html", context)


def _grouped(articles: list[Article]) -> list[tuple[str, list[Article]]]:
    """By category, in the order in which their first articles stand."""
    groups: dict[str, list[Article]] = {}
    for article in articles:
        groups.setdefault(article.get_category_display(), []).append(article)
    return list(groups.items())


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Article.objects.published(), slug=slug)
    context = {
        "article": found,
        "body": markup.html(found.shown_body),
        "others": [one for one in faq.find("", category=found.category) if one.pk != found.pk],
    }
    return render(request, "inquiries/article.html", context)
