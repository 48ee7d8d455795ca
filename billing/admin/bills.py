"""Bills as operators see them: found by number, customer, month and amount; their PDFs, and issuing one again."""

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import dateformat
from django.utils.html import format_html, format_html_join
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.invoices import files, names
from billing.invoices.reissue import reissue_invoice
from billing.models import Bill, BillTax, InvoiceFile
from selfcare import calendar, clock, money
from selfcare.accounts import audit
from selfcare.staff import groups
from selfcare.staff.admins.customers import Rows
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation

for _noun in ("bill", "billtax", "invoicefile"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.BILLING)
groups.allow("billing.add_invoicefile", groups.BILLING)

#: Months that the filter offers; older bills are found by number, customer or amount.
_MONTHS = 24
_CODE = re.compile(r"(?:INV-)?([0-9]{1,18})", re.ASCII | re.IGNORECASE)
_AMOUNT = re.compile(r"¥?(-?[0-9,]{1,20})円?", re.ASCII)


class MonthFilter(admin.SimpleListFilter):
    title = gettext_lazy("請求対象年月")
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = calendar.today(clock.now()).replace(day=1)
        months = [calendar.add_months(newest, -back) for back in range(_MONTHS)]
        return [(f"{month:%Y-%m}", dateformat.format(month, _("Y年n月"))) for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bill]) -> QuerySet[Bill]:
        is_month = self.value() in dict(self.lookup_choices)
        return queryset.filter(month=f"{self.value()}-01") if is_month else queryset


class FileFilter(admin.SimpleListFilter):
    title = gettext_lazy("請求書のPDF")
    parameter_name = "pdf"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missing", gettext_lazy("作成中・作成できないもの")), ("reissued", gettext_lazy("再発行したもの"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bill]) -> QuerySet[Bill]:
        if self.value() == "missing":
            return queryset.filter(number__isnull=False).exclude(invoice_files__revision=0)
        if self.value() == "reissued":
            return queryset.filter(pk__in=InvoiceFile.objects.filter(revision__gt=0).values("bill"))
        return queryset


class Taxes(Rows):
    model = BillTax
    fields = ("tax_class", "percent", "net", "tax")
    show_change_link = False


class Files(Rows):
    model = InvoiceFile
    fields = ("revision", "link", "pages", "size", "sha256", "reason", "made_by", "rendered_at")
    readonly_fields = ("link",)
    ordering = ("revision",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoiceFile]:
        found: QuerySet[InvoiceFile] = super().get_queryset(request)
        return found.select_related("bill", "made_by")

    @admin.display(description=gettext_lazy("ファイル"))
    def link(self, file: InvoiceFile) -> SafeString:
        address = reverse("admin:billing_bill_pdf", args=[file.bill_id, file.revision])
        return format_html('<a href="{}">{}</a>', address, files.name_of(file))


def _address(kept: dict[str, str], *parts: str) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((kept[part],) for part in parts if kept.get(part)))


def _reissue(request: HttpRequest, bill: Bill, data: dict[str, Any]) -> str:
    revision = reissue_invoice(bill=bill, reason=data["reason"], actor=operator(request))
    return _("再発行（%(number)d回目）を受け付けました。PDFができると、この画面に表示されます。") % {"number": revision}


@admin.register(Bill)
class BillAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("name", "customer", "billed_month", "cycle_words", "amount", "issued_on", "due_on", "pdf")
    list_select_related = ("customer",)
    list_filter = (MonthFilter, FileFilter)
    search_fields = ("number",)
    search_help_text = gettext_lazy("請求書番号（INV-）・パートナーID・請求金額（税込、12,345円）を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (Taxes, Files)
    fields = (
        "name", "run", "customer", "billed_month", "first_day", "last_day", "issued_on", "due_on", "payment_method",
        "issuer_words", "recipient_words", "net_amount", "tax_amount", "amount",
    )  # fmt: skip
    operations = (
        Operation(
            "reissue",
            gettext_lazy("請求書を再発行する"),
            "billing.add_invoicefile",
            _reissue,
            possible=lambda bill: bill.number is not None,
            text=gettext_lazy(
                "同じ内容のPDFを「再発行」と記してもう一度作成します。最初に発行したPDFは変わりません。"
                "再発行したPDFは、お客様の画面でもダウンロードできます。"
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bill]:
        original = InvoiceFile.objects.filter(bill=OuterRef("pk"), revision=0).values("pages")
        found: QuerySet[Bill] = super().get_queryset(request)
        return found.annotate(pages=Subquery(original))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        asked = Q(customer__partner_id=term)
        if found := _CODE.fullmatch(term):
            asked |= Q(number=int(found[1]))
        if (found := _AMOUNT.fullmatch(term)) and (digits := found[1].replace(",", "")).lstrip("-"):
            asked |= Q(total=max(-(2**63), min(int(digits), 2**63 - 1)))
        return queryset.filter(asked), False

    @admin.display(description=gettext_lazy("請求書番号"))
    def name(self, bill: Bill) -> str:
        return bill.code or _("（確定前）")

    @admin.display(description=gettext_lazy("請求金額（税込）"))
    def amount(self, bill: Bill) -> str:
        return money.yen(bill.total) if bill.total is not None else "-"

    @admin.display(description=gettext_lazy("合計（税抜）"))
    def net_amount(self, bill: Bill) -> str:
        return money.yen(bill.net) if bill.net is not None else "-"

    @admin.display(description=gettext_lazy("消費税"))
    def tax_amount(self, bill: Bill) -> str:
        return money.yen(bill.tax) if bill.tax is not None else "-"

    @admin.display(description=gettext_lazy("請求対象年月"))
    def billed_month(self, bill: Bill) -> str:
        return dateformat.format(bill.month, _("Y年n月"))

    @admin.display(description=gettext_lazy("請求締め"))
    def cycle_words(self, bill: Bill) -> str:
        return _("月末") if bill.cycle == names.MONTH_END else _("%(day)s日") % {"day": bill.cycle}

    @admin.display(description=gettext_lazy("発行者"))
    def issuer_words(self, bill: Bill) -> SafeString:
        return _address(bill.issuer, "name", "registration_number", "postal_code", "address", "phone", "bank")

    @admin.display(description=gettext_lazy("宛先"))
    def recipient_words(self, bill: Bill) -> SafeString:
        return _address(bill.recipient, "name", "postal_code", "address", "building", "partner_id")

    @admin.display(description=gettext_lazy("請求書のPDF"))
    def pdf(self, bill: Any) -> str:
        if bill.pages is not None:
            return _("%(pages)dページ") % {"pages": bill.pages}
        return _("作成中") if bill.number is not None else "-"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.open)
        return [path("<int:pk>/pdf/<int:revision>/", view, name="billing_bill_pdf"), *super().get_urls()]

    def open(self, request: HttpRequest, pk: int, revision: int) -> HttpResponse:
        file = InvoiceFile.objects.select_related("bill").filter(bill=pk, revision=revision).first()
        if file is None:
            raise Http404
        if not operator(request).has_perm("billing.view_invoicefile"):
            raise PermissionDenied
        try:
            content = files.content(file)
        except files.Damaged:
            messages.error(
                request,
                _("ファイルを読み出せないか、発行したときの内容と異なります。システム管理者に連絡してください。"),
            )
            return redirect("admin:billing_bill_change", pk)
        audit.record(
            action="invoice.opened",
            obj=file,
            customer=file.bill.customer_id,
            detail={"bill": file.bill_id, "revision": revision},
            actor=operator(request),
        )
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = content_disposition_header(True, files.name_of(file)) or "attachment"
        response["Cache-Control"] = "private, no-store"
        return response
