"""Files of lines: shipped lines come in, all of them go out."""

from typing import Any

from django.utils.translation import gettext_lazy

from lines.models import Line
from lines.services.registering import register_line
from selfcare.accounts.models import Contract, Customer
from selfcare.staff.files.resources import Shown, StaffResource, found, phone

_ORDERED = gettext_lazy("この列は、お申し込みかキャリアからの通知で変わります。取り込みでは変更できません。")


class LineResource(StaffResource):
    customer = found("customer", "パートナーID", Customer, "partner_id")
    contract = found("contract", "契約番号", Contract, "number")
    number = phone("number", "回線電話番号")
    provisional_number = phone("provisional_number", "仮電話番号")
    options = Shown("音声オプション")

    changeable = ("product", "shipped_on")
    given = ("contract", "number", "provisional_number", "carrier", "sim_kind", "sim_size", "plan")
    loaded_by = "sim_serial"
    related = ("customer", "contract")
    fixed = {
        **dict.fromkeys(
            ("number", "provisional_number", "sim_size", "plan", "status", "opened_on", "ends_on", "options"), _ORDERED
        ),
        "customer": gettext_lazy("契約者は契約番号で決まります。新しい行では空にしてください。"),
        "contract": gettext_lazy("回線を別の契約に移すことはできません。"),
    }
    about = gettext_lazy(
        "出荷した回線を「未開通」で登録し、出荷の記録を直します。プラン・オプション・状態はお申し込みで変わるため、"
        "取り込めません。SIM製造番号が登録済みの行は変更、未登録の行は新しい回線です。"
    )

    class Meta:
        model = Line
        fields = (
            "sim_serial", "customer", "contract", "number", "provisional_number", "carrier", "sim_kind", "sim_size",
            "product", "plan", "options", "name", "status", "shipped_on", "opened_on", "ends_on",
        )  # fmt: skip
        import_id_fields = ("sim_serial",)

    def dehydrate_options(self, line: Line) -> str:
        return " ".join(sorted(line.options))

    def store(self, *, instance: Any, fields: list[str]) -> None:
        register_line(line=instance, fields=fields, actor=self.acting)
