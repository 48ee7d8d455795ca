"""What every page of the admin has in common: rows are facts, changes go through services."""

from typing import Any, cast

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from selfcare.accounts.models import User
from selfcare.staff.generics import AnyAdmin
from selfcare.staff.paging import CappedPaginator


def operator(request: HttpRequest) -> User:
    """Who is at work: the site lets nobody else in."""
    return cast(User, request.user)


def trail_of(row: Model) -> str:
    """The address of the audit trail, narrowed to one row."""
    query = urlencode({"object_type": row._meta.model_name, "object_id": row.pk})
    return f"{reverse('admin:accounts_auditevent_changelist')}?{query}"


class StaffAdmin(AnyAdmin):
    """A list and a page. Django's own log is not written: the audit trail holds what the services did."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    # An operator cannot open customers' pages.
    view_on_site = False

    # Nothing is deleted here: what is over ends by its state.
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """An address that ends in `_to_field=` names no field; Django would look for one without a name."""
        return super().get_object(request, object_id, from_field or None)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        return redirect(trail_of(row) if row is not None else "admin:index")

    def _log_nothing(self, *args: Any, **kwargs: Any) -> Any:
        """The audit trail has it."""

    def construct_change_message(self, *args: Any, **kwargs: Any) -> Any:
        """For that log only."""
        return []

    log_addition = log_change = log_deletions = _log_nothing


class FactsAdmin(StaffAdmin):
    """Rows that are read and never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
