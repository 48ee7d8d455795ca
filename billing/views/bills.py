"""The bill of a month on a page: what its invoice says, and all of its lines."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.cache import cache
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing import availability, figures
from billing.invoices import document, files, names
from billing.kinds import CostKind
from billing.models import Bill, BillLine, InvoiceFile, PaymentTerms
from billing.services.tokens import FUNCTION
from selfcare import calendar, clock, phones, text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.paging import keyset

#: Seconds for which the sums of a bill, which never change, are kept in the process.
_KEPT = 24 * 60 * 60


class Filters(forms.Form):
    """What narrows the lines; everything is optional."""

    q = forms.CharField(
        label=gettext_lazy("回線電話番号"),
        required=False,
        max_length=60,
        widget=forms.SearchInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("費用種別"), required=False)

    def __init__(self, data: Any, *, items: list[document.Item]) -> None:
        super().__init__(data)
        kinds = dict.fromkeys(item.kind for item in items)
        choices = [(kind, text.fullwidth_katakana(CostKind(kind).label)) for kind in kinds]
        self.fields["kind"].choices = [("", gettext_lazy("すべて")), *choices]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def found(self) -> dict[str, str]:
        """What holds; nonsense narrows nothing."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, bill: Bill) -> Any:
        lines = bill.lines.all()
        if "kind" in self.found:
            lines = lines.filter(kind=self.found["kind"])
        if "q" in self.found:
            digits = phones.search_digits(self.found["q"])
            lines = lines.filter(number__contains=digits) if digits else lines.none()
        return lines


@dataclass(frozen=True)
class Shown:
    """A bill with its files, the original first."""

    bill: Bill
    items: list[document.Item]
    taxes: list[document.Tax]
    addressee: str
    method: str
    pdfs: list[tuple[str, InvoiceFile]]
    pdf_name: str


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def bill(request: CustomerRequest, code: int, cycle: int | None = None) -> HttpResponse:
    """`code` is the billed month as 202704; `cycle` the day on which it closes, where that is not the month's end."""
    month, now = _month(code), clock.now()
    wanted = names.MONTH_END if cycle is None else str(cycle)
    newest = figures.newest_month(now)
    oldest = calendar.add_months(newest, 1 - availability.MONTHS_BACK)
    if not oldest <= month <= newest:
        context = {"month": month, "since": availability.bill_from(month) if month > newest else None}
        return render(request, "billing/bill_unavailable.html", context, status=404)
    bills = list(
        Bill.objects.visible_to(request.user).filter(month=month).select_related("customer", "run").order_by("cycle")
    )
    asked = [one for one in bills if one.cycle == wanted] or (bills[:1] if cycle is None else [])
    if not asked:
        return render(request, "billing/bill_unavailable.html", {"month": month}, status=404)
    return _page(request, asked[0], [one for one in bills if one != asked[0]])


def _month(code: int) -> date:
    year, month = divmod(code, 100)
    if not (2000 <= year <= 2999 and 1 <= month <= 12):
        raise Http404
    return date(year, month, 1)


def _page(request: CustomerRequest, bill: Bill, others: list[Bill]) -> HttpResponse:
    shown = _shown(bill)
    filters = Filters(request.GET, items=shown.items)
    lines = filters.narrow(bill)
    page = keyset(lines, field=("number", "kind", "id"), request=request, once_if_short=True)
    context = {
        "shown": shown,
        "others": others,
        "filters": filters,
        "page": page,
        "rows": [_row(line) for line in page.rows],
        "sum": lines.order_by().aggregate(sum=Sum("amount"))["sum"] if filters.found else bill.net,
        "code": f"{bill.month:%Y%m}",
    }
    return render(request, "billing/bill.html", context)


def _shown(bill: Bill) -> Shown:
    partner_id = bill.customer.partner_id
    pdfs = [(names.pdf_file(partner_id, bill.month, bill.cycle, file.revision), file) for file in files.of_bill(bill)]
    method = PaymentTerms.Method(bill.payment_method).label if bill.payment_method else ""
    return Shown(
        bill=bill,
        items=document.items(_sums(bill)),
        taxes=document.taxes(bill),
        addressee=document.addressee(bill),
        method=str(method),
        pdfs=pdfs,
        pdf_name=names.pdf_file(partner_id, bill.month, bill.cycle),
    )


def _sums(bill: Bill) -> list[document.Sum]:
    """A bill of a hundred thousand lines is added up once in a while only."""
    key = f"billing.sums:{bill.pk}"
    found: list[document.Sum] | None = cache.get(key)
    if found is None:
        found = document.sums(bill)
        cache.set(key, found, _KEPT)
    return found


def _row(line: BillLine) -> tuple[BillLine, str, str]:
    """A line, its kind as people read it, and how its rate is called."""
    kind = text.fullwidth_katakana(line.get_kind_display())
    return line, kind, document.rate(line.tax_class, line.tax_percent)
