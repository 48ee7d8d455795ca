"""What is offered: services, plans with their options, SIM sizes agreed with a customer."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.admin.found import CustomerField
from lines.models import CustomerCatalogue, Line, LineService, Plan
from lines.options import FLAT_RATES, OPTIONS
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.generics import AnyModelForm

for _noun in ("lineservice", "plan", "customercatalogue"):
    groups.allow(f"lines.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
    for _duty in ("add", "change"):
        groups.allow(f"lines.{_duty}_{_noun}", groups.PROVISIONING)


def _ticks(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)


def _options() -> list[tuple[str, Any]]:
    """Of all carriers, each code once; the same code may have two names."""
    names: dict[str, list[str]] = {}
    for carrier in OPTIONS.values():
        for option in carrier:
            known = names.setdefault(option.code, [])
            if str(option.label) not in known:
                known.append(str(option.label))
    return [(code, " / ".join(labels)) for code, labels in names.items()]


class ServiceForm(AnyModelForm):
    sizes = _ticks(gettext_lazy("SIMサイズ"), Line.SimSize.choices)

    class Meta:
        model = LineService
        fields = ("code", "name", "carrier", "changes_limit", "changes_plan", "timing", "sizes")


class PlanForm(AnyModelForm):
    flat_rates = _ticks(gettext_lazy("通話定額"), list(FLAT_RATES.items()))
    options = _ticks(gettext_lazy("音声オプション"), _options)

    class Meta:
        model = Plan
        fields = (
            "service", "code", "name", "family", "sim_kind", "size", "has_cap", "flat_rates", "options",
            "takes_port_in", "offered",
        )  # fmt: skip
        help_texts = {
            "family": gettext_lazy("同じものの中では「上限値設定」、別のものへは「サービスプラン変更」です。"),
            "size": gettext_lazy("大小の比較に使います（即時か翌月1日か）。"),
            "has_cap": gettext_lazy("大きさがプラン基準データ量になります（1MB＝1,000,000バイト）。"),
            "offered": gettext_lazy("外すと、新しく選べなくなります。利用中の回線はそのままです。"),
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("flat_rates") and "flat_rate" not in (data.get("options") or []):
            self.add_error("options", _("音声オプションの「通話定額」も選んでください。"))
        return data


class SizesForm(AnyModelForm):
    customer = CustomerField()
    sizes = _ticks(gettext_lazy("SIMサイズ"), Line.SimSize.choices)

    class Meta:
        model = CustomerCatalogue
        fields = ("customer", "sizes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["customer"] = self.instance.customer


@admin.register(LineService)
class LineServiceAdmin(StoringAdmin):
    form = ServiceForm
    list_display = ("code", "name", "carrier", "changes_limit", "changes_plan", "timing")
    ordering = ("code",)
    sortable_by = ()


@admin.register(Plan)
class PlanAdmin(StoringAdmin):
    form = PlanForm
    list_display = ("code", "name", "service", "family", "sim_kind", "size", "takes_port_in", "offered")
    list_select_related = ("service",)
    list_filter = ("service", "sim_kind", "offered")
    search_fields = ("code", "name")
    ordering = ("service", "family", "size")
    sortable_by = ()


@admin.register(CustomerCatalogue)
class CustomerCatalogueAdmin(StoringAdmin):
    form = SizesForm
    list_display = ("customer", "sizes")
    list_select_related = ("customer",)
    ordering = ("-pk",)
    sortable_by = ()
