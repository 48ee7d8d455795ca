"""Applications for クラウド電話: the review. Documents are opened on their own pages, which write down who did."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import ApplicationDocument, ApplicationStage, CloudApplication
from numbering.cloud.services.applications import paying, reviewing, sending, summary
from selfcare import money, text
from selfcare.shell.templatetags.shell import stamp
from selfcare.staff import groups, panels
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import CustomerReasonForm, NoForm, OperatedAdmin, Operation, OperationForm

groups.allow("numbering.view_cloudapplication", groups.SUPPORT, groups.PROVISIONING)
groups.allow("numbering.change_cloudapplication", groups.PROVISIONING)

#: The panel names so many.
_LISTED = 8
_CHANGE = "numbering.change_cloudapplication"
State = ApplicationDocument.State


class AcceptForm(OperationForm):
    """The documents that wait to be looked at."""

    documents = forms.MultipleChoiceField(
        label=gettext_lazy("内容を確認し、問題のなかった書類"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("確認した書類を選んでください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["documents"].choices = [  # type: ignore[attr-defined]
            (one.kind, f"{one.get_kind_display()}（{one.document}）")
            for one in self.row.documents.filter(state=State.SENT).select_related("document").order_by("pk")
        ]


class AskForm(OperationForm):
    """What is missing, beside each kind of document; an empty field asks for nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = {one.kind: one.get_state_display() for one in self.row.documents.all()}
        for kind, label in ApplicationDocument.Kind.choices:
            self.fields[kind] = forms.CharField(
                label=f"{label}（{states[kind]}）" if kind in states else label,
                required=False,
                max_length=400,
                widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.values()):
            raise forms.ValidationError(
                _("お願いする書類に、何が足りないかを入力してください。申込者がそのまま読みます。")
            )
        return cleaned


def _accept_documents(request: HttpRequest, row: CloudApplication, data: dict[str, Any]) -> str:
    for one in row.documents.filter(kind__in=data["documents"]).order_by("pk"):
        reviewing.accept_document(document=one, actor=operator(request))
    return _("書類を確認済みにしました。")


def _ask_again(request: HttpRequest, row: CloudApplication, data: dict[str, Any]) -> str:
    wanted = {kind: words for kind, words in data.items() if words}
    reviewing.ask_again(application=row, wanted=wanted, actor=operator(request))
    return _("申込者にメールで再提出をお願いしました。")


def _refuse(request: HttpRequest, row: CloudApplication, data: dict[str, Any]) -> str:
    reviewing.refuse(application=row, reason=data["reason"], actor=operator(request))
    return _("お申し込みをお断りしました。申込者にメールでお知らせしました。")


def _begin(request: HttpRequest, row: CloudApplication, data: dict[str, Any]) -> str:
    reviewing.begin(application=row, actor=operator(request))
    return _("審査を始めました。")


def _open(request: HttpRequest, row: CloudApplication, data: dict[str, Any]) -> str:
    cloud = reviewing.accept(application=row, actor=operator(request))
    return _("契約 %(number)s を作成し、申込者に「お申し込み完了」のメールをお送りしました。") % {
        "number": cloud.contract.number
    }


def _withdraw(request: HttpRequest, row: CloudApplication, data: dict[str, Any]) -> str:
    sending.withdraw(application=row, actor=operator(request))
    return _("お申し込みを取り下げました。")


def _is_open(row: CloudApplication) -> bool:
    return row.is_under_review


_OPERATIONS = (
    Operation(
        "review",
        gettext_lazy("審査を始める"),
        _CHANGE,
        _begin,
        form=NoForm,
        possible=lambda row: row.stage == ApplicationStage.APPLIED,
        text=gettext_lazy("申込者の画面に「審査」と表示されます。"),
    ),
    Operation(
        "documents",
        gettext_lazy("書類を確認済みにする"),
        _CHANGE,
        _accept_documents,
        form=AcceptForm,
        possible=lambda row: row.is_under_review and row.documents.filter(state=State.SENT).exists(),
        text=gettext_lazy("書類は、下の一覧からファイルを開いて確認してください。開いた記録が残ります。"),
    ),
    Operation(
        "again",
        gettext_lazy("書類の再提出をお願いする"),
        _CHANGE,
        _ask_again,
        form=AskForm,
        possible=_is_open,
        text=gettext_lazy(
            "入力した書類だけをメールのリンクから送ってもらいます。入力した文は申込者がそのまま読みます。"
        ),
    ),
    Operation(
        "open",
        gettext_lazy("承認して開通する"),
        _CHANGE,
        _open,
        form=NoForm,
        possible=lambda row: row.is_under_review and reviewing.is_accepted(row),
        text=gettext_lazy(
            "契約者・契約・ログインを作成し、電話番号を割り当てて、お試しを始めます。申込者に「お申し込み完了」のメールが届きます。"
        ),
    ),
    Operation("refuse", gettext_lazy("お断りする"), _CHANGE, _refuse, form=CustomerReasonForm, possible=_is_open),
    Operation(
        "withdraw",
        gettext_lazy("申込者の依頼で取り下げる"),
        _CHANGE,
        _withdraw,
        form=NoForm,
        possible=lambda row: row.is_draft or row.is_under_review,
    ),
)


@admin.register(CloudApplication)
class CloudApplicationAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("code", "submitted_at", "kind", "name", "stage_word", "saved_at")
    list_display_links = ("code",)
    list_select_related = ("contract__cloud",)
    list_filter = ("stage", "kind", ("submitted_at", admin.DateFieldListFilter))
    search_fields = ("=mail",)
    search_help_text = gettext_lazy("申込番号・契約番号・メールアドレス・お名前の全体を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "code", "stage_word", "contents", "price", "payment", "papers", "contract", "from_contract", "reason",
        "timeline", "language", "created_at", "saved_at", "submitted_at", "closed_at", "erase_on", "erased_at",
    )  # fmt: skip
    readonly_fields = fields
    operations = _OPERATIONS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every meaning is an equality."""
        word = text.normalize_identifier(search_term)
        if not word:
            return queryset, False
        by_code = CloudApplication.objects.by_code(word).values("pk")
        named = Q(pk__in=by_code) | Q(mail__iexact=word) | Q(name=search_term.strip()) | Q(contract__number=word)
        return queryset.filter(named), False

    @admin.display(description=gettext_lazy("申込番号"))
    def code(self, row: CloudApplication) -> str:
        return row.code

    @admin.display(description=gettext_lazy("段階"))
    def stage_word(self, row: CloudApplication) -> str:
        return summary.stage_of(row)

    @admin.display(description=gettext_lazy("お申し込み内容"))
    def contents(self, row: CloudApplication) -> SafeString:
        rows = summary.rows_of(row)
        return format_html_join(format_html("<br>"), "{}：{}", ((one.label, one.new) for one in rows))

    @admin.display(description=gettext_lazy("料金（税抜）"))
    def price(self, row: CloudApplication) -> str:
        if "once" not in row.shown:
            return "-"
        return _("初期 %(once)s・月額 %(monthly)s") % {
            "once": money.yen(row.shown["once"]),
            "monthly": money.yen(row.shown["monthly"]),
        }

    @admin.display(description=gettext_lazy("お支払い方法"))
    def payment(self, row: CloudApplication) -> str:
        return paying.words_of(row) or "-"

    @admin.display(description=gettext_lazy("書類"))
    def papers(self, row: CloudApplication) -> SafeString:
        """Each with its state and what was asked for, and below it the way to the file."""
        rows = row.documents.select_related("document").order_by("pk")
        return format_html_join(
            "",
            "<div>{}：{} {}</div><div>{}</div>",
            ((one.get_kind_display(), one.get_state_display(), one.words, _file(one)) for one in rows),
        )

    @admin.display(description=gettext_lazy("経過"))
    def timeline(self, row: CloudApplication) -> SafeString:
        rows = row.events.select_related("actor").order_by("at", "pk")
        return format_html_join(
            format_html("<br>"),
            "{} {} {} {}",
            ((stamp(one.at), one.get_what_display(), one.words, one.actor or "") for one in rows),
        )


def _file(one: ApplicationDocument) -> SafeString | str:
    if one.document is None:
        return ""
    address = reverse("admin:documents_document_change", args=[one.document.pk])
    return format_html('<a href="{}">{}</a>', address, one.document.name)


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """For the operators' first page: what waits for a review, the longest first."""
    if not operator(request).has_perm("numbering.view_cloudapplication"):
        return None
    stages = (ApplicationStage.APPLIED, ApplicationStage.REVIEWING)
    rows = list(CloudApplication.objects.filter(stage__in=stages).order_by("submitted_at")[: _LISTED + 1])
    return {"rows": rows[:_LISTED], "more": len(rows) > _LISTED}


panels.register("cloud-applications", waiting, "admin/numbering/cloud_applications_panel.html", order=26)
