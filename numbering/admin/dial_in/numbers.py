"""Dial-in numbers, to be read: orders change them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import BaseNumber, DialInNumber
from numbering.dial_in.tables.part_functions import FLAGS, LABELS, TARGETS
from numbering.models import Number
from selfcare import phones, text
from selfcare.staff.base import FactsAdmin


@admin.register(DialInNumber)
class DialInNumberAdmin(FactsAdmin):
    list_display = ("shown", "kind", "base", "voice_contract", "of_customer", "state", "functions")
    list_select_related = ("assignment", "base__voice_contract", "customer")
    list_filter = ("kind",)
    search_fields = ("digits",)
    search_help_text = gettext_lazy("ダイヤルイン番号（途中まででも）・基本契約番号・音声契約番号")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "shown", "kind", "base", "voice_contract", "of_customer", "state", "started_on", "order", "message_box",
        "reject_anonymous", "reject_nuisance", "shown_number", "forward_number",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("assignment__order", "base__voice_contract", "customer")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the indexes of numbers: the digits from their beginning, or all numbers of a base or a voice contract."""
        word = text.normalize_identifier(search_term)
        if not word:
            return queryset, False
        if word[:1].upper() == "N":
            return queryset.filter(base__voice_contract__number=word.upper()), False
        digits = phones.search_digits(word)
        if len(digits) < phones.SHORTEST or not digits.startswith("0"):
            return queryset.none(), False
        base = BaseNumber.objects.filter(number__digits=digits).first()
        if base is not None:
            return queryset.filter(base=base), False
        numbers = Number.objects.filter(digits__startswith=digits)
        return queryset.filter(assignment__number__in=numbers), False

    @admin.display(description=gettext_lazy("ダイヤルイン番号"))
    def shown(self, row: DialInNumber) -> str:
        return phones.display(row.digits)

    @admin.display(description=gettext_lazy("契約者"))
    def of_customer(self, row: DialInNumber) -> str:
        return str(row.customer)

    @admin.display(description=gettext_lazy("付加機能"))
    def functions(self, row: DialInNumber) -> str:
        """Those it has; the numbers it shows or forwards to with them."""
        chosen = [str(LABELS[name]) for name in FLAGS if getattr(row, name)]
        targets = [(name, getattr(row, name)) for name in TARGETS if getattr(row, name)]
        chosen += [f"{LABELS[name]} {phones.display(digits)}" for name, digits in targets]
        return _("、").join(chosen) or "-"

    @admin.display(description=gettext_lazy("音声契約"))
    def voice_contract(self, row: DialInNumber) -> str:
        return str(row.base.voice_contract)

    @admin.display(description=gettext_lazy("状態"))
    def state(self, row: DialInNumber) -> str:
        return row.assignment.get_state_display()

    @admin.display(description=gettext_lazy("利用開始日"))
    def started_on(self, row: DialInNumber) -> Any:
        return row.assignment.started_on or _("工事完了から")

    @admin.display(description=gettext_lazy("お申し込み"))
    def order(self, row: DialInNumber) -> str:
        return row.assignment.order.request_id if row.assignment.order else "-"
