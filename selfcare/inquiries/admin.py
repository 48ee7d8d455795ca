"""The operators' side of inquiries: the queue, articles, windows."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import clock, phones
from selfcare.accounts.models import Customer, User
from selfcare.inquiries import markup
from selfcare.inquiries.models import Article, Inquiry, SupportContact
from selfcare.inquiries.services import answering, reading
from selfcare.inquiries.services.sending import LONGEST
from selfcare.staff import finding, groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyModelForm
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm, ReasonForm

groups.allow("inquiries.view_inquiry", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
groups.allow("inquiries.change_inquiry", groups.SUPPORT)
for _noun in ("article", "supportcontact"):
    groups.allow(f"inquiries.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
    groups.allow(f"inquiries.change_{_noun}", groups.SUPPORT)
groups.allow("inquiries.add_article", groups.SUPPORT)

_MAY = "inquiries.change_inquiry"


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("状態")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", gettext_lazy("すべて")), ("answered", gettext_lazy("回答済")), ("closed", gettext_lazy("終了"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = list(super().choices(changelist))
        return [{**first, "display": gettext_lazy("回答待ち")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() if self.value() in ("answered", "closed") else "open")


class DueFilter(admin.SimpleListFilter):
    title = gettext_lazy("急ぐもの")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("urgent", gettext_lazy("緊急")),
            ("overdue", gettext_lazy("回答予定を過ぎたもの")),
            ("mine", gettext_lazy("自分の担当")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "urgent":
                return queryset.filter(is_urgent=True)
            case "overdue":
                return queryset.filter(expected_at__lt=clock.now())
            case "mine":
                return queryset.filter(assigned_to=operator(request))
        return queryset


class AnswerForm(OperationForm):
    text = forms.CharField(
        label=gettext_lazy("回答（お客様が読みます）"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 10, "cols": 80}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, row: Inquiry, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        thread = reading.thread(row)
        self.fields["seen"].initial = thread[-1].pk if thread else None
        self.fields["text"].help_text = render_to_string("admin/inquiries/thread.html", {"thread": thread})


class NoteForm(OperationForm):
    text = forms.CharField(
        label=gettext_lazy("社内メモ（お客様には表示されません）"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
    )


class AssignForm(OperationForm):
    to = forms.ModelChoiceField(
        label=gettext_lazy("担当"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("決めない（全員）"),
    )

    def __init__(self, *args: Any, row: Inquiry, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = User.objects.filter(is_staff=True, is_active=True).order_by("selfcare_id")
        field.initial = row.assigned_to_id


def _answer(request: HttpRequest, row: Inquiry, data: dict[str, Any]) -> str:
    answering.answer(inquiry=row, text=data["text"], seen=data["seen"], actor=operator(request))
    return _("回答を送りました。お客様にはメールで、回答があることだけをお知らせしました。")


def _note(request: HttpRequest, row: Inquiry, data: dict[str, Any]) -> str:
    answering.note(inquiry=row, text=data["text"], actor=operator(request))
    return _("社内メモを残しました。")


def _close(request: HttpRequest, row: Inquiry, data: dict[str, Any]) -> str:
    answering.close(inquiry=row, reason=data["reason"], actor=operator(request))
    return _("お問い合わせを終了しました。")


def _reopen(request: HttpRequest, row: Inquiry, data: dict[str, Any]) -> str:
    answering.reopen(inquiry=row, reason=data["reason"], actor=operator(request))
    return _("回答待ちに戻しました。")


def _assign(request: HttpRequest, row: Inquiry, data: dict[str, Any]) -> str:
    answering.assign(inquiry=row, to=data["to"], actor=operator(request))
    return _("担当を変更しました。")


@admin.register(Inquiry)
class InquiryAdmin(FactsAdmin, OperatedAdmin):
    list_display = (
        "ticket_word", "due", "urgent", "category", "customer", "about", "state", "assigned_to", "created_at",
    )  # fmt: skip
    list_select_related = ("customer", "order", "contract", "assigned_to")
    list_filter = (StateFilter, DueFilter, "category")
    search_fields = ("callback_phone",)
    search_help_text = gettext_lazy("受付番号・リクエストID・契約番号・電話番号・パートナーIDを、省略せずに入力")
    # Urgent ones first, then by when the answer is due; what waits for none after them, newest first.
    ordering = ("-is_urgent", "expected_at", "-pk")
    sortable_by = ()
    fields = (
        "ticket_word", "state", "category", "urgent", "due", "customer", "contract", "about", "callback", "created_by",
        "created_at", "changed_at", "assigned_to", "thread",
    )  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation("answer", gettext_lazy("回答する"), _MAY, _answer, form=AnswerForm),
        Operation("note", gettext_lazy("社内メモを残す"), _MAY, _note, form=NoteForm),
        Operation("assign", gettext_lazy("担当を決める"), _MAY, _assign, form=AssignForm),
        Operation(
            "close",
            gettext_lazy("終了する"),
            _MAY,
            _close,
            form=ReasonForm,
            possible=lambda row: row.state != Inquiry.State.CLOSED,
            text=gettext_lazy("電話で解決したときなど、回答を書かずに終わらせます。お客様へのメールは送られません。"),
        ),
        Operation(
            "reopen",
            gettext_lazy("回答待ちに戻す"),
            _MAY,
            _reopen,
            form=ReasonForm,
            possible=lambda row: not row.is_open,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inquiry]:
        """Which are late is asked once, not for each row."""
        late = ExpressionWrapper(Q(expected_at__lt=clock.now()), output_field=BooleanField())
        found: QuerySet[Inquiry] = super().get_queryset(request)
        return found.annotate(is_late=late)

    @admin.display(description=gettext_lazy("受付番号"))
    def ticket_word(self, row: Inquiry) -> str:
        return row.ticket

    @admin.display(description=gettext_lazy("回答予定"))
    def due(self, row: Any) -> str | SafeString:
        if row.expected_at is None:
            return "-"
        words = render_to_string("admin/inquiries/due.html", {"at": row.expected_at})
        if row.is_late:
            return format_html('<strong class="staff-alarm">{}{}</strong>', words, _("（過ぎています）"))
        return words

    @admin.display(description=gettext_lazy("緊急"), boolean=True)
    def urgent(self, row: Inquiry) -> bool:
        return row.is_urgent

    @admin.display(description=gettext_lazy("対象"))
    def about(self, row: Inquiry) -> str:
        if row.number:
            return phones.display(row.number)
        if row.order is not None:
            return row.order.request_id
        return row.contract.number if row.contract is not None else "-"

    @admin.display(description=gettext_lazy("折り返し先電話番号"))
    def callback(self, row: Inquiry) -> str:
        return phones.display(row.callback_phone) if row.callback_phone else "-"

    @admin.display(description=gettext_lazy("やりとり"))
    def thread(self, row: Inquiry) -> SafeString:
        return render_to_string("admin/inquiries/thread.html", {"thread": reading.thread(row, with_notes=True)})

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "customer" or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Tickets, and all inquiries of a customer that the words name."""
        word = search_term.strip()
        if not word:
            return queryset, False
        if ticket := Inquiry.objects.with_ticket(word).first():
            return queryset.filter(pk=ticket.pk), False
        digits = phones.search_digits(word)
        named = Q(customer__in=list(self._customers(word)))
        if len(digits) >= phones.SHORTEST:
            named |= Q(number=digits) | Q(callback_phone=digits)
        return queryset.filter(named), False

    def _customers(self, word: str) -> QuerySet[Any, Any]:
        return Customer.objects.filter(finding.customers(word)).values_list("pk", flat=True)


class ArticleForm(AnyModelForm):
    class Meta:
        model = Article
        fields = (
            "slug", "category", "title", "title_en", "body", "body_en", "keywords", "position", "is_published",
        )  # fmt: skip
        widgets = {name: forms.Textarea(attrs={"rows": 16, "cols": 90}) for name in ("body", "body_en")}
        help_texts = {
            "body": gettext_lazy(
                "使える記号：## 見出し、- 箇条書き、1. 番号付き、**太字**、[文字](/faq/…/) のリンク。"
                "空行で段落を分けます。"
            ),
            "keywords": gettext_lazy("本文にない言い方を、空白で区切って入力します。検索に使います。"),
        }


@admin.register(Article)
class ArticleAdmin(StoringAdmin):
    form = ArticleForm
    list_display = ("title", "category", "position", "is_published")
    list_filter = ("category", "is_published")
    ordering = ("position", "pk")
    sortable_by = ()
    readonly_fields = ("shown",)
    fields = (*ArticleForm.Meta.fields, "shown")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("shown", "slug") if obj else ("shown",)

    @admin.display(description=gettext_lazy("表示"))
    def shown(self, article: Article) -> SafeString | str:
        return markup.html(article.body) if article.pk else "-"


class ContactForm(AnyModelForm):
    class Meta:
        model = SupportContact
        fields = ("service", "name", "name_en", "mail", "phone", "opens", "closes", "weekdays_only", "names_contract")

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        try:
            return phones.normalize(typed) if typed else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(SupportContact)
class SupportContactAdmin(StoringAdmin):
    form = ContactForm
    list_display = ("service", "name", "mail", "phone", "opens", "closes", "weekdays_only")
    ordering = ("pk",)
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("service",)
