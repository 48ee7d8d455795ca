"""How many numbers a contract may add: raised by an operator, with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.models import Allowance
from numbering.services.allowances import allowance_of, raise_limit
from selfcare.accounts.models import Contract
from selfcare.staff import operations
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation, ReasonForm

#: What the column takes; nobody has more numbers than the pool.
_LARGEST = 1_000_000


class LimitForm(ReasonForm):
    limit = forms.IntegerField(label=gettext_lazy("新しい上限（累計の番号数）"), min_value=0, max_value=_LARGEST)
    field_order = ("limit", "reason")

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        allowance = allowance_of(row) if isinstance(row, Contract) else row
        self.fields["limit"].initial = allowance.limit
        self.fields["limit"].help_text = _("追加済み %(added)d番号、いまの上限 %(limit)d番号") % {
            "added": allowance.added,
            "limit": allowance.limit,
        }


def _raise(request: HttpRequest, row: Any, data: dict[str, Any]) -> str:
    contract = row if isinstance(row, Contract) else row.contract
    allowance = raise_limit(contract=contract, limit=data["limit"], reason=data["reason"], actor=operator(request))
    return _("上限を%(limit)d番号にしました。") % {"limit": allowance.limit}


LIMIT = Operation(
    "limit",
    gettext_lazy("050番号の追加上限を変更する"),
    "numbering.change_allowance",
    _raise,
    form=LimitForm,
    possible=lambda row: "numbering.add" in (row if isinstance(row, Contract) else row.contract).functions,
)
operations.register(Contract, LIMIT)


@admin.register(Allowance)
class AllowanceAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("contract", "customer", "added", "limit")
    list_select_related = ("contract", "customer")
    search_fields = ("=contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("契約番号かパートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("contract", "customer", "added", "limit")
    operations = (LIMIT,)
