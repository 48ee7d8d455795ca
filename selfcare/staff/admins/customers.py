"""Customers, their contracts and the addresses of their notices."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import Contract, Customer, Invitation, NotificationAddress, User
from selfcare.accounts.services.registered_mail import change_registered_mail
from selfcare.accounts.services.users import create_first_user, set_customer_policy
from selfcare.staff import finding
from selfcare.staff.admins.customer_files import ContractResource, CustomerResource, known_functions
from selfcare.staff.base import operator
from selfcare.staff.files.importing import ImportingAdmin
from selfcare.staff.generics import AnyInline, AnyModelForm
from selfcare.staff.operations import OperatedAdmin, Operation, OperationForm, ReasonForm
from selfcare.staff.services.rows import check, store


class Rows(AnyInline):
    """Rows of something else, to be read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Contracts(Rows):
    model = Contract
    fields = ("number", "kind", "service", "plan", "name", "state", "started_on", "ended_on")


class Users(Rows):
    model = User
    fields = ("selfcare_id", "name", "role", "locked_at", "suspended_at", "removed_at", "last_login")


class Invitations(Rows):
    model = Invitation
    fields = ("email", "name", "role", "invited_by", "created_at", "expires_at", "accepted_at", "revoked_at")
    ordering = ("-created_at",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invited_by")


class Addresses(Rows):
    model = NotificationAddress
    fields = ("email", "confirmed_at")
    show_change_link = False


class StoringAdmin(OperatedAdmin):
    """Edited rows are stored by a service, which audits them."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        store(row=obj, fields=form.changed_data, actor=operator(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing beside the row itself is edited here."""


class PolicyForm(ReasonForm):
    policy = forms.ChoiceField(label=gettext_lazy("ログイン方法の方針"), choices=Customer.LoginPolicy)
    field_order = ("policy", "reason")


def _set_policy(request: HttpRequest, customer: Customer, data: dict[str, Any]) -> str:
    set_customer_policy(
        customer=customer, policy=Customer.LoginPolicy(data["policy"]), reason=data["reason"], actor=operator(request)
    )
    return _("ログイン方法の方針を変更しました。")


@admin.register(Customer)
class CustomerAdmin(ImportingAdmin, StoringAdmin):
    resource = CustomerResource
    import_permissions = ("accounts.add_customer", "accounts.change_customer")
    list_display = ("partner_id", "name", "kind", "login_policy", "state", "created_at")
    list_filter = ("kind", "state", "login_policy")
    search_fields = ("partner_id",)
    search_help_text = gettext_lazy("契約番号・電話番号・リクエストID・セルフケアID・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    fields = ("partner_id", "name", "kana", "kind", "postal_code", "address", "building", "login_policy", "state")
    readonly_fields = ("login_policy", "state")
    inlines = (Contracts, Users, Invitations, Addresses)
    operations = (
        Operation(
            "policy",
            gettext_lazy("ログイン方法の方針を変更する"),
            "accounts.change_customer",
            _set_policy,
            form=PolicyForm,
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "partner_id") if obj else self.readonly_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip():
            queryset = queryset.filter(finding.customers(search_term))
        return queryset, False


class FirstUserForm(OperationForm):
    selfcare_id = forms.CharField(
        label=gettext_lazy("セルフケアID"), max_length=32, help_text=gettext_lazy("半角英数字と _ で6〜32文字")
    )


def _create_first_user(request: HttpRequest, contract: Contract, data: dict[str, Any]) -> str:
    user, _password = create_first_user(contract=contract, selfcare_id=data["selfcare_id"], actor=operator(request))
    return _("ユーザー %(id)s を登録しました。「サービス開始のご案内」が郵送物に入りました。") % {
        "id": user.selfcare_id
    }


class MailForm(ReasonForm):
    mail = forms.EmailField(label=gettext_lazy("新しい登録メールアドレス"), max_length=254)
    field_order = ("mail", "reason")


def _change_mail(request: HttpRequest, contract: Contract, data: dict[str, Any]) -> str:
    ended = change_registered_mail(contract=contract, mail=data["mail"], reason=data["reason"], actor=operator(request))
    return _("登録メールアドレスを変更しました。ログアウトされたユーザー：%(ended)d名") % {"ended": ended}


class ContractForm(AnyModelForm):
    functions = forms.MultipleChoiceField(
        label=gettext_lazy("利用できる機能"),
        required=False,
        choices=known_functions,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Contract
        fields = (
            "customer", "number", "kind", "service", "plan", "name", "billing_cycle", "functions", "started_on",
            "mail", "contact_name", "contact_phone",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        before = None if self.instance._state.adding else self.instance
        check(model=Contract, before=before, values={name: data[name] for name in self.changed_data if name in data})
        return data


@admin.register(Contract)
class ContractAdmin(ImportingAdmin, StoringAdmin):
    resource = ContractResource
    import_permissions = ("accounts.add_contract", "accounts.change_contract")
    form = ContractForm
    list_display = ("number", "customer", "kind", "service", "plan", "state", "started_on")
    list_select_related = ("customer",)
    list_filter = ("kind", "state")
    search_fields = ("number",)
    search_help_text = CustomerAdmin.search_help_text
    ordering = ("-pk",)
    raw_id_fields = ("customer",)
    readonly_fields = ("state", "ended_on")
    operations = (
        Operation(
            "user",
            gettext_lazy("ユーザーを登録する"),
            "staff.create_users",
            _create_first_user,
            form=FirstUserForm,
            possible=lambda contract: contract.state == Contract.State.ACTIVE,
            text=gettext_lazy(
                "管理者の権限を持つユーザーを登録し、仮のパスワードを書面「サービス開始のご案内」で郵送します。"
            ),
        ),
        Operation(
            "mail",
            gettext_lazy("登録メールアドレスを変更する"),
            "accounts.change_contract",
            _change_mail,
            form=MailForm,
            text=gettext_lazy(
                "認証コードやパスワード再設定のメールの届け先が変わります。このアドレスで認証コードを受け取っていたユーザーは"
                "すべての端末でログアウトされ、変更前と変更後のアドレスにお知らせが届きます。"
            ),
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """The registered address decides who can log in: it has an operation of its own."""
        return (*self.readonly_fields, "customer", "number", "mail") if obj else self.readonly_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(finding.contracts(search_term)) if search_term.strip() else queryset), False
