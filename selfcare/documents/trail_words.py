"""Words for documents that were sent along, in the company's audit trail."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts.trail import ORDERS, Field, tell
from selfcare.documents import holders, kinds


def register() -> None:
    fields = (
        Field(_("リクエストID"), "order"),
        Field(_("添付先"), "holder", holders.title_of),
        Field(_("書類"), "kind", kinds.label_of),
        Field(_("ファイル名"), "name"),
    )
    tell(ORDERS, "document.stored", _("添付書類を受け取りました"), *fields)
    tell(ORDERS, "document.opened", _("添付書類を開きました"), *fields)
    tell(ORDERS, "document.removed", _("添付書類を削除しました"), *fields)
    tell(ORDERS, "document.expired", _("使われなかった添付書類を削除しました"), *fields)
