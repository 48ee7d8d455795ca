"""Words for what happens to numbers beside orders, in the company's audit trail."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts import trail
from selfcare.accounts.trail import SERVICES, Field, tell

_CODE = Field(_("予約コード"), "code")
_COUNT = Field(_("番号数"), "numbers")


def register() -> None:
    tell(
        SERVICES,
        "allowance.limit_changed",
        _("追加できる番号数の上限を変更しました"),
        Field(_("上限"), "new", old="old"),
    )
    tell(SERVICES, "contract.originals_issued", _("契約時の番号を払い出しました"), Field(_("番号数"), "count"))
    tell(
        SERVICES,
        "basenumber.created",
        _("親番号を登録しました"),
        Field(_("電話番号"), "number"),
        Field(_("音声契約"), "voice_contract"),
    )
    tell(SERVICES, "reservationcode.created", _("番号を予約しました"), _CODE, _COUNT)
    tell(SERVICES, "reservationcode.withdrawn", _("番号の予約を取り消しました"), _CODE, _COUNT)
    tell(
        SERVICES, "reservationcode.prolonged", _("番号の予約期限を変更しました"), _CODE, Field(_("期限"), "valid_until")
    )
    tell(SERVICES, "reservationcode.expired", _("番号の予約期限が切れました"), _CODE, _COUNT)
    # The pool and what holds for all customers alike.
    trail.internal(
        "number.blocked", "number.unblocked", "number.imported", "number.shortage",
        "timetable.published", "timetable.withdrawn",
    )  # fmt: skip
