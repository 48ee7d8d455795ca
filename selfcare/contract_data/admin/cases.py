"""住所・名義の変更 as operators see them: review, letters, delivery records by hand, booking a suspension."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import clock
from selfcare.contract_data import kinds, wishes
from selfcare.contract_data.models import OPEN_CASES, CaseState, CheckLetter, IdentityCase, PostEvent
from selfcare.contract_data.services import check_letters, confirming, reviewing, steps, suspending
from selfcare.contract_data.wishes import Identity
from selfcare.documents.models import Document
from selfcare.staff import operations
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.generics import AnyInline
from selfcare.staff.operations import (
    CustomerReasonForm,
    Link,
    NoForm,
    OperatedAdmin,
    Operation,
    OperationForm,
)

_REVIEW = "contract_data.review_identitycase"
_RECORD = "contract_data.record_delivery"
_BOOK = "contract_data.book_suspension"
_WITH_CUSTOMER = frozenset({CaseState.POSTED, CaseState.RETURNED})


class AskForm(CustomerReasonForm):
    missing = forms.MultipleChoiceField(
        label=gettext_lazy("不足している書類"),
        choices=[(kind, label) for kind, label in kinds.LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ("missing", "reason")

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        possible = kinds.needed(row.customer, address_changes=True)
        self.fields["missing"].choices = [(kind, kinds.LABELS[kind]) for kind in possible]  # type: ignore[attr-defined]


class RecordForm(OperationForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("郵便の記録"),
        choices=[(PostEvent.Kind.DELIVERED, gettext_lazy("配達")), (PostEvent.Kind.RETURNED, gettext_lazy("返送"))],
        widget=forms.RadioSelect,
    )
    slip = forms.CharField(
        label=gettext_lazy("お問い合わせ番号"),
        max_length=30,
        help_text=gettext_lazy("控えに記載の番号。同じ番号の同じ記録は1回だけ登録されます。"),
    )
    reason = forms.CharField(label=gettext_lazy("返送の理由（お客様が読みます）"), max_length=100, required=False)


class BookForm(CustomerReasonForm):
    starts_on = forms.DateField(
        label=gettext_lazy("停止日"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )
    field_order = ("starts_on", "reason")

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        first: date = suspending.first_day(clock.now())
        self.fields["starts_on"].initial = first
        self.fields["starts_on"].help_text = _(
            "%(day)s以降の営業日。その日の午前10時に停止します。7日前と前日の午前9時にお知らせします。"
        ) % {"day": first}


def _accept(request: HttpRequest, case: IdentityCase, data: dict[str, Any]) -> str:
    reviewing.accept(case=case, actor=operator(request))
    return _("審査を終えました。確認のお手紙を「郵送物」から印刷して、転送不要の簡易書留で発送してください。")


def _ask(request: HttpRequest, case: IdentityCase, data: dict[str, Any]) -> str:
    reviewing.ask_again(case=case, missing=data["missing"], words=data["reason"], actor=operator(request))
    return _("不足している書類を、お客様にお願いしました。")


def _refuse(request: HttpRequest, case: IdentityCase, data: dict[str, Any]) -> str:
    reviewing.refuse(case=case, reason=data["reason"], actor=operator(request))
    return _("変更せずに終了し、お客様にお知らせしました。")


def _record(request: HttpRequest, case: IdentityCase, data: dict[str, Any]) -> str:
    is_new = confirming.record_slip(
        case=case, kind=data["kind"], slip=data["slip"], reason=data["reason"], actor=operator(request)
    )
    return _("記録しました。") if is_new else _("この記録は、すでに登録されています。")


def _resend(request: HttpRequest, case: IdentityCase, data: dict[str, Any]) -> str:
    check_letters.resend(case=case, wish=Identity.of(case), actor=operator(request))
    return _("お手紙をもう一度用意しました。")


def _book(request: HttpRequest, case: IdentityCase, data: dict[str, Any]) -> str:
    rows = suspending.book(case=case, starts_on=data["starts_on"], reason=data["reason"], actor=operator(request))
    return _("%(count)d件の契約の利用停止を予約しました。7日前と前日に、お客様にお知らせします。") % {
        "count": len(rows)
    }


def _may_resend(case: IdentityCase) -> bool:
    return check_letters.can_resend(case, steps.current_letter(case), clock.now())


def _may_book(case: IdentityCase) -> bool:
    return case.state in _WITH_CUSTOMER


def _may_record(case: IdentityCase) -> bool:
    return case.state == CaseState.POSTED


class Letters(AnyInline):
    model = CheckLetter
    extra = 0
    can_delete = False
    ordering = ("sequence",)
    fields = (
        "sequence", "state", "recipient", "postal_code", "address", "building", "tracking", "posted_at", "delivered_at",
        "returned_at", "return_reason", "guesses", "trouble",
    )  # fmt: skip

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Part of the case: who may see that sees its letters, never a code."""
        return operator(request).has_perm("contract_data.view_identitycase")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(IdentityCase)
class CaseAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("created_at", "customer", "name", "state", "order_link", "reviewed_at")
    list_display_links = ("created_at", "customer")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("customer", "order")
    search_fields = ("name", "customer__partner_id")
    search_help_text = gettext_lazy("新しい契約者名・パートナーID")
    ordering = ("-pk",)
    sortable_by = ()
    inlines = (Letters,)
    fields = (
        "state", "customer", "order_link", "changes", "wanted_words", "words", "confirmed_by", "created_at",
        "reviewed_at", "finished_at",
    )  # fmt: skip
    operations = (
        Operation(
            "accept", gettext_lazy("審査を終える（お手紙を送る）"), _REVIEW, _accept, form=NoForm,
            possible=lambda case: case.state == CaseState.REVIEW,
            text=gettext_lazy("書類の氏名・住所が、申し込みの内容と一致することを確かめてください。"
                              "新しい住所あての転送不要の簡易書留を用意します。"),
        ),
        Operation(
            "ask", gettext_lazy("不足している書類を求める"), _REVIEW, _ask, form=AskForm,
            possible=lambda case: case.state == CaseState.REVIEW,
            text=gettext_lazy("選んだ書類だけを、お客様にもう一度お願いします。"),
        ),
        Operation(
            "record", gettext_lazy("配達・返送を記録する"), _RECORD, _record, form=RecordForm, possible=_may_record,
            text=gettext_lazy("配達を記録すると、新しい内容がすぐに有効になります。"),
        ),
        Operation(
            "resend", gettext_lazy("お手紙をもう一度送る"), _REVIEW, _resend, form=NoForm, possible=_may_resend,
            text=gettext_lazy("同じ住所に、新しい確認コードのお手紙を送ります。前の確認コードは使えなくなります。"),
        ),
        Operation(
            "book", gettext_lazy("利用停止を予約する"), _BOOK, _book, form=BookForm, possible=_may_book,
            text=gettext_lazy("お手紙の発送から30日が過ぎた変更だけです。7日前と前日に、メールと全画面でお知らせします。"),
        ),
        Operation(
            "refuse", gettext_lazy("変更せずに終了する"), _REVIEW, _refuse, form=CustomerReasonForm,
            possible=lambda case: case.state in OPEN_CASES,
            text=gettext_lazy("ご登録の内容は変わりません。予約中・停止中の利用停止は解除されます。"),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("customer", "order")

    @admin.display(description=gettext_lazy("お申し込み"))
    def order_link(self, case: IdentityCase) -> str:
        address = reverse("admin:orders_order_change", args=[case.order_id])
        return format_html('<a href="{}">{}</a>', address, case.order.request_id)

    @admin.display(description=gettext_lazy("変更の内容"))
    def changes(self, case: IdentityCase) -> str:
        rows = wishes.rows(Identity.of(case.customer), Identity.of(case))
        return "\n".join(
            f"{row.label}：{row.old} → {row.new}" if row.old else f"{row.label}：{row.new}" for row in rows
        )

    @admin.display(description=gettext_lazy("不足している書類"))
    def wanted_words(self, case: IdentityCase) -> str:
        return "、".join(str(kinds.LABELS.get(kind, kind)) for kind in case.wanted) or "-"


def _documents(case: IdentityCase) -> tuple[str, str] | None:
    count = Document.objects.filter(order=case.order_id).count()
    address = f"{reverse('admin:documents_document_changelist')}?order={case.order_id}"
    return (_("添付書類（%(count)d件）") % {"count": count}, address) if count else None


operations.register_link(IdentityCase, Link("documents.view_document", _documents))
