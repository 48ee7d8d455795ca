"""What the files of billing have. Closed months are only exported: a correction is a new row (一時費用・訂正)."""

from typing import Any

from django.utils.translation import gettext_lazy
from import_export.fields import Field

from billing import taxes
from billing.models import BillLine, CallRate, OnceCharge, RecurringCharge, Tariff, VoiceCharge
from billing.services.entering import enter_charge, enter_fee
from selfcare.accounts.models import Contract, Customer
from selfcare.staff.files.cells import PhoneCell
from selfcare.staff.files.resources import Shown, StaffResource, found
from selfcare.staff.services.rows import store


def _subject(attribute: str) -> Field:
    return Field(attribute=attribute, column_name="対象", widget=PhoneCell())


class TariffResource(StaffResource):
    changeable = ("amount", "share", "valid_until")
    loaded_by = "item"
    about = gettext_lazy(
        "料金の変更は、古い行に適用終了日を入れ、翌日からの新しい行を加えます。順に処理するので、古い行を先に置きます。"
    )

    class Meta:
        model = Tariff
        fields = ("plan", "item", "amount", "share", "valid_from", "valid_until")
        import_id_fields = ("plan", "item", "valid_from")

    def store(self, *, instance: Any, fields: list[str]) -> None:
        store(row=instance, fields=fields, actor=self.acting)


class CallRateResource(StaffResource):
    changeable = ("unit_seconds", "unit_price", "tax_class", "valid_until")
    loaded_by = "plan"
    about = TariffResource.about

    class Meta:
        model = CallRate
        fields = (
            "plan", "kind", "prefix", "unit_seconds", "unit_price", "tax_class", "valid_from", "valid_until",
        )  # fmt: skip
        import_id_fields = ("plan", "kind", "prefix", "valid_from")

    def store(self, *, instance: Any, fields: list[str]) -> None:
        store(row=instance, fields=fields, actor=self.acting)


class RecurringChargeResource(StaffResource):
    customer = found("customer", "パートナーID", Customer, "partner_id")
    contract = found("contract", "契約番号", Contract, "number")
    subject = _subject("subject")

    changeable = ("ended_on",)
    given = ("contract",)
    loaded_by = "subject"
    related = ("customer", "contract")
    fixed = {"customer": gettext_lazy("契約者は契約番号で決まります。新しい行では空にしてください。")}
    about = gettext_lazy(
        "お申し込みによらない課金の開始と終了です。金額は料金表で決まります。請求が確定した日は変更できません。"
    )

    class Meta:
        model = RecurringCharge
        fields = ("customer", "contract", "item", "subject", "started_on", "ended_on")
        import_id_fields = ("item", "subject", "started_on")

    def store(self, *, instance: Any, fields: list[str]) -> None:
        enter_charge(charge=instance, fields=fields, actor=self.acting)


class OnceChargeResource(StaffResource):
    customer = found("customer", "パートナーID", Customer, "partner_id")
    contract = found("contract", "契約番号", Contract, "number")
    subject = _subject("subject")
    billed = Shown("請求")

    given = (
        "contract", "words", "subject", "charged_on", "amount", "tax_class", "corrects", "reason",
    )  # fmt: skip
    loaded_by = "cause"
    related = ("customer", "contract", "billed")
    fixed = {
        **dict.fromkeys(
            given, gettext_lazy("登録済みの一時費用は変更できません。訂正は、新しい行として登録してください。")
        ),
        "customer": RecurringChargeResource.fixed["customer"],
    }
    about = gettext_lazy(
        "新しい行だけを取り込みます。「起因」は二重の課金を防ぐ目印で、同じ品目と起因の行は一度しか課金されません。"
        "返金（マイナス）には、訂正する請求月と理由が必要です。"
    )

    class Meta:
        model = OnceCharge
        fields = (
            "customer", "contract", "item", "words", "subject", "charged_on", "amount", "tax_class", "cause",
            "corrects", "reason", "billed",
        )  # fmt: skip
        import_id_fields = ("item", "cause")

    def dehydrate_billed(self, fee: OnceCharge) -> str:
        return fee.billed.code if fee.billed else ""

    def store(self, *, instance: Any, fields: list[str]) -> None:
        enter_fee(fee=instance, fields=fields, actor=self.acting)


_CLOSED = gettext_lazy(
    "確定した請求は変わらないため、取り込めません。訂正は「一時費用・訂正」に新しい行として登録し、次の請求で調整します。"
)


class BillLineResource(StaffResource):
    """請求明細 of all customers. Exported only: a closed month is never changed."""

    month = Shown("請求対象年月")
    customer = found("customer", "パートナーID", Customer, "partner_id")
    contract = found("contract", "契約番号", Contract, "number")
    invoice = Shown("請求書番号")
    tax = Shown("税区分")

    related = ("customer", "contract", "bill")
    about = _CLOSED

    class Meta:
        model = BillLine
        fields = (
            "month", "customer", "contract", "invoice", "number", "kind", "item", "words", "days", "amount", "tax",
        )  # fmt: skip

    def dehydrate_month(self, line: BillLine) -> str:
        return f"{line.bill.month:%Y%m}"

    def dehydrate_invoice(self, line: BillLine) -> str:
        return line.bill.code

    def dehydrate_tax(self, line: BillLine) -> str:
        return taxes.label(line.tax_percent)


class VoiceChargeResource(StaffResource):
    """音声課金明細 of all customers. Exported only: a closed month is never changed."""

    month = Shown("請求対象年月")
    customer = found("customer", "パートナーID", Customer, "partner_id")
    contract = found("contract", "契約番号", Contract, "number")
    tax = Shown("税区分")

    related = ("customer", "contract")
    about = _CLOSED

    class Meta:
        model = VoiceCharge
        fields = ("month", "customer", "contract", "number", "kind", "amount", "tax")

    def dehydrate_month(self, charge: VoiceCharge) -> str:
        return f"{charge.month:%Y%m}"

    def dehydrate_tax(self, charge: VoiceCharge) -> str:
        return taxes.label(charge.tax_percent)
