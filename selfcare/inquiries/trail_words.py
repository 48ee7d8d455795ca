"""Words for inquiries in the company's audit trail."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts.trail import CONTRACT, Field, choices, internal, tell
from selfcare.inquiries.models import Category


def register() -> None:
    ticket = Field(_("受付番号"), "ticket")
    tell(
        CONTRACT, "inquiry.sent", _("お問い合わせを送りました"), ticket, Field(_("種類"), "category", choices(Category))
    )
    tell(CONTRACT, "inquiry.written", _("お問い合わせに追記しました"), ticket)
    tell(CONTRACT, "inquiry.answered", _("お問い合わせに回答しました"), ticket)
    tell(CONTRACT, "inquiry.closed", _("お問い合わせを終了しました"), ticket)
    tell(CONTRACT, "inquiry.reopened", _("お問い合わせを再開しました"), ticket)
    # Between operators.
    internal("inquiry.noted", "inquiry.assigned")
    internal("article.created", "article.changed", "supportcontact.changed")
