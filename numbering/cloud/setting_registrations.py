"""What the portal shows of numbers' settings, the phone book and the switch: menu, words for the trail, a job."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from numbering.cloud.services import phone_book_files
from selfcare.accounts.trail import SERVICES, Field, tell
from selfcare.shell import menu
from selfcare.work import jobs

_NUMBER = Field(_("電話番号"), "number")
_COUNT = Field(_("件数"), "count")
_NAME = Field(_("名前"), "name")


def register() -> None:
    menu.register(
        menu.SERVICES, _("Web電話帳"), "cloud:phone_book", function="cloud.phone_book", order=52,
        below=("new/", "import/"),
    )  # fmt: skip
    menu.register(menu.SERVICES, _("新方式への切替"), "cloud:scheme-switch", function="cloud.options", order=58)
    erase = phone_book_files.erase_old
    jobs.job("numbering.erase_phone_book_files", every=timedelta(hours=1))(lambda row: {"erased": erase()})
    tell(SERVICES, "cloud.after_hours_set", _("時間外アナウンスの設定を変更しました"), _NUMBER)
    tell(SERVICES, "cloud.voicemail_set", _("留守番電話の設定を変更しました"), _NUMBER)
    tell(SERVICES, "cloud.forwarding_set", _("転送の設定を変更しました"), _NUMBER)
    tell(SERVICES, "cloud.phone_book_added", _("Web電話帳に連絡先を追加しました"), _NAME)
    tell(SERVICES, "cloud.phone_book_changed", _("Web電話帳の連絡先を変更しました"), _NAME)
    tell(SERVICES, "cloud.phone_book_removed", _("Web電話帳の連絡先を削除しました"), _COUNT)
    tell(SERVICES, "cloud.phone_book_imported", _("Web電話帳にファイルを取り込みました"), _COUNT)
