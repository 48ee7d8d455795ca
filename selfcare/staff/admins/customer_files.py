"""Files of customers and of contracts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from selfcare.accounts.models import Contract, Customer
from selfcare.orders import procedures
from selfcare.shell import menu
from selfcare.staff.files.cells import CodesCell
from selfcare.staff.files.resources import StaffResource, found
from selfcare.staff.services.rows import store


def known_functions() -> list[tuple[str, str]]:
    """Codes of what a contract can have, with the words of the procedures and menu entries that ask for them."""
    known = {entry.function: str(entry.title) for entry in menu.entries() if entry.function}
    for procedure in procedures.every():
        # What needs no function of the contract names none.
        if procedure.function:
            known.setdefault(procedure.function, str(procedure.title))
    separator = _("：")
    return sorted((code, f"{code}{separator}{title}") for code, title in known.items())


class CustomerResource(StaffResource):
    changeable = ("name", "kana", "kind", "postal_code", "address", "building")
    loaded_by = "partner_id"
    fixed = {"login_policy": gettext_lazy("ログイン方法の方針は、契約者の画面の操作で、理由とともに変更します。")}
    about = gettext_lazy("パートナーIDが登録済みの行は変更、未登録の行は新しい契約者です。契約者は削除されません。")

    class Meta:
        model = Customer
        fields = (
            "partner_id", "name", "kana", "kind", "postal_code", "address", "building", "login_policy", "state",
        )  # fmt: skip
        import_id_fields = ("partner_id",)

    def store(self, *, instance: Any, fields: list[str]) -> None:
        store(row=instance, fields=fields, actor=self.acting)


class ContractResource(StaffResource):
    customer = found("customer", "パートナーID", Customer, "partner_id")
    functions = Field(attribute="functions", column_name="利用できる機能", widget=CodesCell())

    changeable = (
        "kind", "service", "plan", "name", "billing_cycle", "functions", "started_on", "contact_name", "contact_phone",
    )  # fmt: skip
    given = ("customer", "mail")
    loaded_by = "number"
    related = ("customer",)
    fixed = {
        "mail": gettext_lazy(
            "登録メールアドレスはログインできる人を決めるため、契約の画面の操作で、理由とともに変更します。"
        ),
        "customer": gettext_lazy("契約を別の契約者に移すことはできません。"),
        "state": gettext_lazy("契約の終了は、お申し込みで行います。"),
    }
    about = gettext_lazy("「利用できる機能」は、コードを空白で区切って入力します。契約は削除されません。")

    class Meta:
        model = Contract
        fields = (
            "number", "customer", "kind", "service", "plan", "name", "billing_cycle", "functions", "started_on", "mail",
            "contact_name", "contact_phone", "state", "ended_on",
        )  # fmt: skip
        import_id_fields = ("number",)

    def store(self, *, instance: Any, fields: list[str]) -> None:
        unknown = sorted(set(instance.functions) - {code for code, _title in known_functions()})
        if unknown:
            told = _("知らない機能です：%(codes)s") % {"codes": " ".join(unknown)}
            raise ValidationError({"functions": ValidationError(told, code="unknown")})
        store(row=instance, fields=fields, actor=self.acting)
