"""Words for bills, their files and who fetched them, in the company's audit trail."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts import trail
from selfcare.accounts.trail import BILLING, Field, items, tell

_NAME = Field(_("名前"), "name")
_ENDING = Field(_("末尾"), "ending")


def register() -> None:
    tell(
        BILLING,
        "statement.downloaded",
        _("ファイルをダウンロードしました"),
        Field(_("ファイル"), "name"),
        Field(_("内容"), "files", items),
        Field(_("トークン"), "token"),
    )
    tell(BILLING, "download_token.made", _("自動ダウンロード用トークンを発行しました"), _NAME, _ENDING)
    tell(BILLING, "download_token.revoked", _("自動ダウンロード用トークンを失効させました"), _NAME, _ENDING)
    tell(BILLING, "invoice.opened", _("請求書を開きました"))
    tell(BILLING, "invoice.reissued", _("請求書を再発行しました"), Field(_("版"), "revision"))
    # What is charged is on the bill; months, records and tariffs are nobody's alone.
    trail.internal(
        "oncecharge.created", "oncecharge.withdrawn", "recurringcharge.created", "recurringcharge.changed",
        "tariff.created", "tariff.changed", "callrate.created", "callrate.changed",
        "month.closing_asked", "month.closed", "statements.erased",
        "records.uploaded", "records.discarded", "records.approved", "records.loaded", "records.erased",
        "records.bad_rows_read",
    )  # fmt: skip
