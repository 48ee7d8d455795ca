"""The areas that numbers of クラウド電話 are offered of, and how addresses in them begin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from numbering.cloud.forms.addresses import PREFECTURES
from numbering.cloud.models import NumberArea
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.generics import AnyModelForm

groups.allow("numbering.view_numberarea", groups.SUPPORT, groups.PROVISIONING)
for _deed in ("add", "change"):
    groups.allow(f"numbering.{_deed}_numberarea", groups.PROVISIONING)


#: The one area without addresses.
IP_AREA = "050"


class NumberAreaForm(AnyModelForm):
    class Meta:
        model = NumberArea
        fields = ("code", "name", "address_starts", "position", "is_offered")

    def clean_address_starts(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["address_starts"].splitlines() if line.strip()]
        wrong = [line for line in lines if not line.startswith(PREFECTURES)]
        if wrong:
            self.add_error("address_starts", gettext_lazy("1行に1つずつ、都道府県から入力してください。"))
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        """Without addresses an area is for everybody, and its numbers are 050: nobody who chose 06 shall get one."""
        cleaned = super().clean() or {}
        code = cleaned.get("code", self.instance.code)
        if not cleaned.get("address_starts") and code != IP_AREA and "address_starts" not in self.errors:
            self.add_error("address_starts", gettext_lazy("市外局番の番号には、対象の住所の始まりが必要です。"))
        return cleaned


@admin.register(NumberArea)
class NumberAreaAdmin(StoringAdmin):
    form = NumberAreaForm
    list_display = ("code", "name", "is_offered", "position")
    list_filter = ("is_offered",)
    ordering = ("position", "code")
    sortable_by = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is what applications name."""
        return ("code",) if obj is not None else ()
