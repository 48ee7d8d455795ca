"""Documents as operators see them: a list, a page, and the file as an attachment. Nobody else can open one.

What a secret holder keeps (the contents of faxes) is not here: neither in the list nor by its address.
"""

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import text
from selfcare.accounts.models import Customer
from selfcare.documents import holders, kinds
from selfcare.documents.models import Document
from selfcare.documents.services.opening import Lost, open_document
from selfcare.orders.models import Order
from selfcare.staff import finding
from selfcare.staff.base import FactsAdmin, operator

_REQUEST_ID = re.compile(r"[Rr]0*(\d{1,18})", re.ASCII)
#: Whatever the file is, the browser neither shows nor runs it.
_CONTENT_TYPE = "application/octet-stream"
_POLICY = "default-src 'none'; sandbox"


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("種類")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return kinds.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Document)
class DocumentAdmin(FactsAdmin):
    list_display = ("uploaded_at", "name", "kind_word", "customer", "place", "size_words", "macros")
    list_select_related = ("customer", "order")
    list_display_links = ("uploaded_at", "name")
    list_filter = (KindFilter, "has_macros", ("uploaded_at", admin.DateFieldListFilter))
    search_fields = ("name",)
    search_help_text = gettext_lazy("リクエストID・パートナーID・契約番号・ファイル名の全体・SHA-256")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "name", "kind_word", "customer", "place_link", "content_type", "size_words", "macros", "sha256", "uploaded_by",
        "uploaded_at",
    )  # fmt: skip
    change_form_template = "admin/operated.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(holders.secret())

    @admin.display(description=gettext_lazy("種類"))
    def kind_word(self, document: Document) -> str:
        return kinds.label_of(document.kind)

    @admin.display(description=gettext_lazy("添付先"))
    def place(self, document: Document) -> str:
        """The order, or what kind of holder: which one it is would be asked for each row."""
        return _order_link(document.order) if document.order else holders.title_of(document.holder)

    @admin.display(description=gettext_lazy("添付先"))
    def place_link(self, document: Document) -> str:
        """The order, or the page of the holder."""
        if document.order:
            return _order_link(document.order)
        page = holders.page_of(document.holder)
        return format_html('<a href="{1}">{0}</a>', *page) if page else document.holder

    @admin.display(description=gettext_lazy("サイズ"))
    def size_words(self, document: Document) -> str:
        return filesizeformat(document.size)

    @admin.display(description=gettext_lazy("マクロ"))
    def macros(self, document: Document) -> str:
        return _("マクロあり") if document.has_macros else "-"

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in ("order", "holder") or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every meaning is an equality; names are not searched in part, because they lie in no index."""
        word = text.normalize_identifier(search_term)
        if not word:
            return queryset, False
        named = Q(name=search_term.strip()) | Q(sha256=word.lower())
        named |= Q(customer__in=Customer.objects.filter(finding.customers(word)).values("pk"))
        if order := _REQUEST_ID.fullmatch(word):
            named = Q(order_id=int(order[1]))
        return queryset.filter(named), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.open)
        return [path("<int:document_id>/open/", view, name="documents_document_open"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        buttons = []
        document = self.get_object(request, object_id)
        if document is not None and self._may_open(request, document):
            buttons.append((_("ファイルを開く"), reverse("admin:documents_document_open", args=[object_id])))
        extra = {**(extra_context or {}), "operations": buttons}
        return super().change_view(request, object_id, form_url, extra)

    def _may_open(self, request: HttpRequest, document: Document) -> bool:
        may, own = operator(request).has_perm, holders.opened_with(document.holder)
        return self.has_view_permission(request) and (may("documents.open_document") or (own != "" and may(own)))

    def open(self, request: HttpRequest, document_id: int) -> HttpResponse:
        """The file as an attachment; one with macros only after the operator has read a warning."""
        if not self.has_view_permission(request):
            raise PermissionDenied(_("この操作の権限がありません。"))
        document = self.get_object(request, str(document_id))
        if document is None:
            raise Http404
        if not self._may_open(request, document):
            raise PermissionDenied(_("この操作の権限がありません。"))
        page = reverse("admin:documents_document_change", args=[document.pk])
        if document.has_macros and request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("マクロを含むファイルを開く"),
                "document": document,
                "back": page,
            }
            return render(request, "admin/documents/macros.html", context)
        try:
            content = open_document(document=document, actor=operator(request))
        except Lost as error:
            messages.error(request, str(error))
            return redirect(page)
        return attachment(content, document.name)


def _order_link(order: Order) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.request_id)


def attachment(content: bytes, name: str) -> HttpResponse:
    """A download that no browser draws, under a policy that would run nothing if one did."""
    response = HttpResponse(content, content_type=_CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response
