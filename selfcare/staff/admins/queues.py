"""Letters to print and post, the outbox, the jobs."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from selfcare import calendar, clock
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.services.queues import resend_mails, retry_jobs
from selfcare.work import letters
from selfcare.work.models import Job, Letter, Mail

#: WeasyPrint takes about a tenth of a second a page: a batch has to come back within a request.
BATCH = 100


class OpenLettersFilter(admin.SimpleListFilter):
    """What is still to be posted, unless asked for others."""

    title = gettext_lazy("状態")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Letter.State.choices, ("all", _("すべて"))]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = _("未発送")
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Letter]) -> QuerySet[Letter]:
        if self.value() is None:
            return queryset.exclude(state=Letter.State.SENT)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Letter)
class LetterAdmin(FactsAdmin):
    list_display = ("created_at", "kind", "customer", "contract", "reference", "state", "printed_at", "sent_at")
    list_select_related = ("customer", "contract")
    list_filter = (OpenLettersFilter, "kind")
    search_fields = ("reference", "customer__partner_id", "contract__number")
    ordering = ("created_at", "pk")
    sortable_by = ()
    fields = ("kind", "customer", "contract", "reference", "state", "created_at", "printed_at", "sent_at")
    actions = ("print_batch", "mark_sent")

    def has_post_permission(self, request: HttpRequest) -> bool:
        return operator(request).has_perm("staff.post_letters")

    @admin.action(description=gettext_lazy("1つのPDFに印刷する"), permissions=["post"])
    def print_batch(self, request: HttpRequest, queryset: QuerySet[Letter]) -> HttpResponse | None:
        chosen = list(queryset.exclude(state=Letter.State.SENT)[: BATCH + 1])
        if len(chosen) > BATCH:
            messages.error(request, _("一度に印刷できるのは%(count)d通までです。") % {"count": BATCH})
            return None
        content = letters.print_batch(letters=chosen, actor=operator(request)) if chosen else b""
        if not content:
            messages.error(request, _("印刷できる郵送物がありません。発送済みのものは本文が消去されています。"))
            return None
        response = HttpResponse(content, content_type="application/pdf")
        name = f"letters-{calendar.local(clock.now()):%Y%m%d-%H%M%S}.pdf"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=gettext_lazy("発送済みにする（本文を消去）"), permissions=["post"])
    def mark_sent(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        sent = letters.mark_sent(letters=list(queryset), actor=operator(request))
        left = queryset.exclude(state=Letter.State.SENT).count()
        messages.success(
            request, ngettext("%(n)d通を発送済みにしました。", "%(n)d通を発送済みにしました。", sent) % {"n": sent}
        )
        if left:
            messages.warning(request, _("%(n)d通はまだ印刷されていないため、そのままです。") % {"n": left})


@admin.register(Mail)
class MailAdmin(FactsAdmin):
    """Who was told what and when; never the sealed part."""

    list_display = ("created_at", "template", "to", "customer", "lane", "state", "sent_at", "attempt")
    list_select_related = ("customer",)
    list_filter = ("state", "lane")
    search_fields = ("=to", "=customer__partner_id")
    search_help_text = gettext_lazy("宛先かパートナーIDを、省略せずに入力")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "template", "to", "customer", "language", "lane", "state", "context", "created_at", "expires_at", "sent_at",
        "carried_by", "attempt", "next_at", "trouble",
    )  # fmt: skip
    actions = ("resend",)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return operator(request).has_perm("staff.resend_mails")

    @admin.action(description=gettext_lazy("確認中のメールを送り直す"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        again = resend_mails(mails=list(queryset), actor=operator(request))
        messages.success(request, _("%(n)d通をもう一度送信します。") % {"n": again})


@admin.register(Job)
class JobAdmin(FactsAdmin):
    list_display = ("kind", "key", "state", "due_at", "attempt", "finished_at")
    list_filter = ("state", "kind")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("kind", "key", "state", "due_at", "attempt", "lease_until", "finished_at", "result", "trouble_text")
    actions = ("retry",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return operator(request).has_perm("staff.retry_jobs")

    @admin.action(description=gettext_lazy("確認中のジョブをもう一度実行する"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        again = retry_jobs(jobs=list(queryset), actor=operator(request))
        messages.success(request, _("%(n)d件をもう一度実行します。") % {"n": again})

    @admin.display(description=gettext_lazy("止まった理由"))
    def trouble_text(self, job: Job) -> SafeString:
        return format_html('<pre class="staff-pre">{}</pre>', job.trouble or "-")
