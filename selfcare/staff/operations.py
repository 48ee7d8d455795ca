"""What operators do with one row, beside looking at it: a button on its page, a form that asks why, one service.

Apps give rows of other apps further operations by `register`.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.orders.procedures import NotPossible
from selfcare.staff.base import StaffAdmin, operator


class OperationForm(forms.Form):
    """A form that knows the row it is about."""

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row


class ReasonForm(OperationForm):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=gettext_lazy("監査記録に残ります。"),
    )


class CustomerReasonForm(ReasonForm):
    reason = forms.CharField(
        label=gettext_lazy("理由（お客様が読みます）"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=gettext_lazy("お申し込みの画面とメールにそのまま表示されます。"),
    )


class NoForm(OperationForm):
    """Nothing to ask; pressing the button on the second page is enough."""


#: Request, row, the form's cleaned data; returns what to tell, or a page to show instead of the row's.
Run = Callable[[HttpRequest, Any, dict[str, Any]], str | HttpResponse]


@dataclass(frozen=True)
class Operation:
    name: str
    title: Any
    #: `app.codename` that the operator must have.
    permission: str
    run: Run
    form: type[OperationForm] = ReasonForm
    #: Whether it makes sense for this row now; the service has the last word.
    possible: Callable[[Any], bool] = lambda row: True
    #: What happens, above the form.
    text: Any = ""


@dataclass(frozen=True)
class Link:
    """A page elsewhere in the admin that is about one row."""

    #: `app.codename` that the operator must have.
    permission: str
    #: Title and address for this row; None where there is nothing to see.
    to: Callable[[Any], tuple[str, str] | None]


_registered: dict[type[Model], list[Operation]] = defaultdict(list)
_links: dict[type[Model], list[Link]] = defaultdict(list)


def register(model: type[Model], operation: Operation) -> None:
    """Give the rows of `model` an operation from another app; call it in `AppConfig.ready()`."""
    _registered[model].append(operation)


def register_link(model: type[Model], link: Link) -> None:
    """Lead from the rows of `model` to a page of another app; call it in `AppConfig.ready()`."""
    _links[model].append(link)


class OperatedAdmin(StaffAdmin):
    """An admin page with buttons for `operations` and for those that apps registered, and with their links."""

    operations: tuple[Operation, ...] = ()
    change_form_template = "admin/operated.html"

    def all_operations(self) -> list[Operation]:
        return [*self.operations, *_registered[self.model]]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.operate)
        name = f"{self.opts.app_label}_{self.opts.model_name}_operate"
        return [path("<path:object_id>/do/<slug:name>/", view, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        buttons = [
            (operation.title, self._address("operate", object_id, operation.name))
            for operation in self.all_operations()
            if row is not None and operator(request).has_perm(operation.permission) and operation.possible(row)
        ]
        links = [
            link.to(row)
            for link in _links[self.model]
            if row is not None and operator(request).has_perm(link.permission)
        ]
        extra = {**(extra_context or {}), "operations": [*buttons, *filter(None, links)]}
        return super().change_view(request, object_id, form_url, extra)

    def _address(self, name: str, *args: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def operate(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        operation = next((known for known in self.all_operations() if known.name == name), None)
        row = self.get_object(request, object_id)
        if operation is None or row is None:
            raise Http404
        if not self.has_view_permission(request, row) or not operator(request).has_perm(operation.permission):
            raise PermissionDenied(_("この操作の権限がありません。"))
        form = operation.form(request.POST if request.method == "POST" else None, row=row)
        if not operation.possible(row):
            messages.error(request, _("この操作はいまの状態ではできません。"))
            return self._back(object_id)
        if form.is_valid():
            answer = self._run(request, operation, row, form)
            if answer is not None:
                return answer
        return self._page(request, operation, row, form)

    def _run(self, request: HttpRequest, operation: Operation, row: Model, form: OperationForm) -> HttpResponse | None:
        try:
            told = operation.run(request, row, form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        except (ValidationError, ValueError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            if isinstance(told, HttpResponse):
                return told
            messages.success(request, told)
            return self._back(str(row.pk))
        return None

    def _back(self, object_id: str) -> HttpResponse:
        response = HttpResponse(status=302)
        response["Location"] = self._address("change", object_id)
        return response

    def _page(self, request: HttpRequest, operation: Operation, row: Model, form: OperationForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": operation.title,
            "operation": operation,
            "row": row,
            "back": self._address("change", str(row.pk)),
            "form": form,
            "adminform": admin_form(form, self),
        }
        return render(request, "admin/operation.html", context)


def admin_form(form: forms.BaseForm, model_admin: StaffAdmin) -> AdminForm:
    """A plain form as the admin draws its own."""
    return AdminForm(form, [(None, {"fields": list(form.fields)})], {}, (), model_admin)  # type: ignore[arg-type]
