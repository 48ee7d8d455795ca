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
_S = SupportContact.Service
#: Service, names, mail, telephone, closing time, whether the contract's own contact goes before.
_CONTACTS: tuple[tuple[str, str, str, str, str, time, bool], ...] = (
    (_S.GENERAL, "お客様センター", "Customer centre", "support@example.jp", "0120000111", _CLOSES, True),
    (
        _S.IP_PHONE, "担当営業 または お客様センター", "Your sales contact or the customer centre",
        "support@example.jp", "0120000111", _CLOSES, True,
    ),
    (_S.MOBILE, "担当営業", "Your sales contact", "mobile@example.jp", "0120000222", time(18), True),
    (_S.DIAL_IN, "ダイヤルイン受付窓口", "Dial-in desk", "dial-in@example.jp", "", _CLOSES, False),
    (
        _S.CLOUD_PHONE, "クラウド電話サポート", "Cloud phone support",
        "cloud-phone@example.jp", "0120000333", _CLOSES, True,
    ),
)  # fmt: skip


def put_in(using: str, **_kwargs: Any) -> None:
    """post_migrate: what is not there yet."""
    tables = connections[using].introspection.table_names()
    if Article._meta.db_table not in tables or SupportContact._meta.db_table not in tables:
        return  # a migration of some apps only
    Article.objects.using(using).bulk_create(articles(), ignore_conflicts=True)
    SupportContact.objects.using(using).bulk_create(contacts(), ignore_conflicts=True)


def contacts() -> list[SupportContact]:
    return [
        SupportContact(
            service=service, name=name, name_en=name_en, mail=mail, phone=phone, opens=_OPENS, closes=closes,
            names_contract=names_contract,
        )
        for service, name, name_en, mail, phone, closes, names_contract in _CONTACTS
    ]  # fmt: skip


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
