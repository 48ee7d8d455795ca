"""What the portal shows and runs of IDs, numbers and devices: menu, search, sources, jobs, reconciling, words."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import CloudId, CloudNumber
from numbering.cloud.services import devices, id_differences, setup_codes
from numbering.cloud.services.opening import SERVICE
from selfcare import phones
from selfcare.accounts import viewing
from selfcare.accounts.models import User
from selfcare.accounts.trail import SERVICES, Field, tell
from selfcare.contract_data import hooks
from selfcare.shell import menu, search
from selfcare.work import jobs, reconcile, sources

#: How many of each kind one search shows.
_HITS = 10
_ID = Field(gettext_lazy("ログインID"), "id")
_DEVICES = Field(gettext_lazy("端末"), "devices")
_DEVICE = Field(gettext_lazy("端末"), "device")


def register() -> None:
    menu.register(menu.SERVICES, gettext_lazy("番号ID設定"), "cloud:numbers", function="cloud.numbers", order=50,
                  below=("ids/", "numbers/", "add-ids/", "add-number/", "remove-id/", "remove-number/"))  # fmt: skip
    viewing.hide("cloud:id-password", "cloud:id-set-up")
    search.register("cloud_ids", gettext_lazy("クラウド電話の番号・ID"), hits)
    sources.register(devices.SOURCE, run=devices.drop_due, waiting=devices.waiting, queue="outside")
    jobs.job("numbering.see_devices", every=timedelta(minutes=10))(lambda row: {"seen": devices.note_seen()})
    jobs.job("numbering.erase_devices", every=timedelta(days=1))(lambda row: {"erased": devices.erase_old()})
    jobs.job("numbering.erase_setup_codes", every=timedelta(hours=1))(lambda row: {"erased": setup_codes.erase_old()})
    reconcile.register("devices", devices.differences, repair=devices.drop_again)
    reconcile.register("cloud phone numbers and ids", id_differences.differences)
    # Lifted needs no word: from then on the view lets the devices in.
    hooks.register(
        "cloud phones", stops=lambda contract: contract.service == SERVICE,
        suspended=lambda contract: devices.cut(contract.pk),
    )  # fmt: skip
    _tell()


def _tell() -> None:
    tell(SERVICES, "clouddevice.logged_in", gettext_lazy("クラウド電話の端末がログインしました"), _ID, _DEVICE)
    tell(SERVICES, "clouddevice.logged_out", gettext_lazy("クラウド電話の端末がログアウトしました"), _ID, _DEVICES)
    tell(SERVICES, "clouddevice.test_ring", gettext_lazy("クラウド電話のテスト着信を送りました"), _ID, _DEVICE)
    tell(SERVICES, "cloudid.login_failed", gettext_lazy("クラウド電話の端末がログインできませんでした"), _ID)
    tell(SERVICES, "cloudid.password_set", gettext_lazy("クラウド電話のIDのパスワードを設定しました"), _ID)
    tell(SERVICES, "cloudid.setup_code_made", gettext_lazy("クラウド電話の端末設定用QRコードを表示しました"), _ID)
    tell(SERVICES, "cloudid.changed", gettext_lazy("クラウド電話のIDの設定を変更しました"), _ID)
    number = Field(gettext_lazy("電話番号"), "number")
    tell(SERVICES, "cloudnumber.changed", gettext_lazy("クラウド電話の番号の設定を変更しました"), number)


def hits(user: User, query: str) -> list[search.Hit]:
    """Numbers by any part of them, IDs by login name, both by the name that the customer gave them."""
    digits = phones.search_digits(query)
    numbers = Q(label__contains=query) | (Q(digits__contains=digits) if digits else Q(pk__in=[]))
    found = [
        search.Hit(phones.display(one.digits), reverse("cloud:number", args=[one.digits]), one.label)
        for one in CloudNumber.objects.visible_to(user).live().filter(numbers).order_by("digits")[:_HITS]
    ]
    ids = Q(label__contains=query) | Q(login_name__contains=digits or query) | Q(code=query)
    return found + [
        search.Hit(one.login_name, reverse("cloud:id", args=[one.code]), _("ID %(label)s") % {"label": one.label})
        for one in CloudId.objects.visible_to(user).live().filter(ids).order_by("login_name")[:_HITS]
    ]
