"""The audit trail: read-only, searched by what an auditor or a caller can name."""

import json
import re
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from selfcare import text
from selfcare.accounts.models import AuditEvent, Customer, User
from selfcare.staff import finding
from selfcare.staff.base import FactsAdmin

_ACTION = re.compile(r"[a-z_]+(\.[a-z_]*)?")
_REFERENCE = re.compile(r"[A-Z0-9]{10}")
_REQUEST_ID = re.compile(r"[Rr]0*(\d{1,18})")


@admin.register(AuditEvent)
class AuditEventAdmin(FactsAdmin):
    list_display = ("at", "action", "actor_name", "customer", "object_type", "object_id", "address", "request_id")
    list_select_related = ("customer",)
    list_filter = (("at", admin.DateFieldListFilter),)
    search_fields = ("action",)
    search_help_text = gettext_lazy(
        "操作（order.accepted など）・操作者のID・パートナーID・リクエストID・参照番号・対象の番号"
    )
    ordering = ("-id",)
    sortable_by = ()
    list_display_links = ("at",)
    fields = (
        "at", "business_at", "action", "actor_name", "customer", "object_type", "object_id", "detail_text",
        "address", "request_id",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every word narrows: `order. R00000012` finds what happened to that order."""
        for word in text.normalize_identifier(search_term).split():
            queryset = queryset.filter(_named(word))
        return queryset, False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in ("object_type", "object_id", "customer", "actor") or super().lookup_allowed(
            lookup, value, request
        )

    @admin.display(description=gettext_lazy("内容"))
    def detail_text(self, event: AuditEvent) -> SafeString:
        told = json.dumps(event.detail, ensure_ascii=False, indent=2)
        return format_html('<pre class="staff-pre">{}</pre>', told)


def _named(word: str) -> Q:
    """What one word can mean; each meaning is an equality that an index answers."""
    order = _REQUEST_ID.fullmatch(word)
    if order:
        return Q(object_type="order", object_id=order[1])
    if "." in word and _ACTION.fullmatch(word):
        return Q(action__startswith=word)
    meanings = Q(object_id=word) | Q(actor__in=User.objects.filter(selfcare_id=word).values("pk"))
    meanings |= Q(customer__in=Customer.objects.filter(finding.customers(word)).values("pk"))
    if _REFERENCE.fullmatch(word.upper()):
        meanings |= Q(request_id=word.upper())
    return meanings
