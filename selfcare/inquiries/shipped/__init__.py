"""What the product brings along: articles of よくある質問 and the windows of the customer service.

What operators have changed since stays; what a later release adds comes with its migration.
"""

from datetime import time
from pathlib import Path
from typing import Any

from django.db import connections

from selfcare.inquiries.models import Article, SupportContact

_ARTICLES = Path(__file__).parent / "articles"
#: In their order on the page.
_ORDER = (
    "phone-does-not-ring", "set-up-the-app", "connect-the-adapter", "card-and-cookies", "which-documents",
    "number-portability", "phone-is-suspended", "lost-phone", "send-a-fax",
)  # fmt: skip
_OPENS, _CLOSES = time(9), time(17, 30)
_CONTACTS = (
    SupportContact(
        service=SupportContact.Service.GENERAL, name="お客様センター", name_en="Customer centre", mail="support@example.jp",
        phone="0120000111", opens=_OPENS, closes=_CLOSES,
    ),
    SupportContact(
        service=SupportContact.Service.IP_PHONE, name="担当営業 または お客様センター", name_en="Your sales contact or the customer centre",
        mail="support@example.jp", phone="0120000111", opens=_OPENS, closes=_CLOSES,
    ),
    SupportContact(
        service=SupportContact.Service.MOBILE, name="担当営業", name_en="Your sales contact", mail="mobile@example.jp",
        opens=_OPENS, closes=time(18), phone="0120000222",
    ),
    SupportContact(
        service=SupportContact.Service.DIAL_IN, name="ダイヤルイン受付窓口", name_en="Dial-in desk", mail="dial-in@example.jp",
        opens=_OPENS, closes=_CLOSES, names_contract=False,
    ),
    SupportContact(
        service=SupportContact.Service.CLOUD_PHONE, name="クラウド電話サポート", name_en="Cloud phone support",
        mail="cloud-phone@example.jp", phone="0120000333", opens=_OPENS, closes=_CLOSES,
    ),
)  # fmt: skip


def put_in(using: str, **_kwargs: Any) -> None:
    """post_migrate: what is not there yet."""
    tables = connections[using].introspection.table_names()
    if Article._meta.db_table not in tables or SupportContact._meta.db_table not in tables:
        return  # a migration of some apps only
    Article.objects.using(using).bulk_create(articles(), ignore_conflicts=True)
    SupportContact.objects.using(using).bulk_create(_CONTACTS, ignore_conflicts=True)


def articles() -> list[Article]:
    """As they lie beside this file: `<slug>.ja.txt` with category, title and keywords in its head, `<slug>.en.txt`."""
    found = []
    for position, slug in enumerate(_ORDER, start=1):
        head, body = _read(f"{slug}.ja.txt")
        english, body_en = _read(f"{slug}.en.txt")
        found.append(
            Article(
                slug=slug,
                category=head["category"],
                title=head["title"],
                title_en=english["title"],
                body=body,
                body_en=body_en,
                keywords=head["keywords"],
                position=position * 10,
            )
        )
    return found


def _read(name: str) -> tuple[dict[str, str], str]:
    """`key: value` up to the first empty line, then the text."""
    head, _empty, body = (_ARTICLES / name).read_text(encoding="utf-8").partition("\n\n")
    return dict(line.split(": ", 1) for line in head.splitlines()), body.strip()
