"""The operators' page of reflection times: what holds, what is to come, publishing and withdrawing."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering import reflections
from numbering.admin.timetable_forms import NewTimetable
from numbering.models import Service, Timetable
from numbering.services import timetables
from numbering.services.timetables import TimetableError
from selfcare import calendar, clock
from selfcare.calendar import Slots
from selfcare.staff.base import FactsAdmin, StaffAdmin, operator
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation, admin_form

_LIST = "admin:numbering_timetable_changelist"


def publish_page(request: HttpRequest, model_admin: StaffAdmin) -> HttpResponse:
    """Form, preview below it, and publishing of exactly what the preview showed."""
    if not operator(request).has_perm("numbering.add_timetable"):
        raise PermissionDenied(_("この操作の権限がありません。"))
    preview: dict[str, Any] = {}
    if request.method != "POST":
        form = _prefilled(request.GET.get("service", ""))
    elif "more" in request.POST:
        form = NewTimetable.with_more_rows(request.POST)
    else:
        form = NewTimetable(request.POST)
        if form.is_valid():
            is_seen = request.POST.get("shown") == form.mark
            if "publish" in request.POST and is_seen and _publish(request, form):
                return redirect(_LIST)
            preview = {"preview": _preview(form)}
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("新しい反映時刻表"),
        "form": form,
        "adminform": admin_form(form.head, model_admin),
        "services": Service.choices,
    }
    return render(request, "admin/numbering/timetable.html", context | preview)


def _prefilled(service: str) -> NewTimetable:
    """The rows of the service's last timetable: mostly few of them change."""
    newest = Timetable.objects.filter(service=service).order_by("valid_from").last()
    return NewTimetable(service=service, slots=timetables.slots_of(newest) if newest else Slots())


def _publish(request: HttpRequest, form: NewTimetable) -> bool:
    data = form.head.cleaned_data
    try:
        made = timetables.publish(
            service=data["service"],
            valid_from=data["valid_from"],
            entries=form.slots.entries,
            actor=operator(request),
        )
    except TimetableError as error:
        form.head.add_error("valid_from", str(error))
        return False
    messages.success(request, _("%(timetable)sからの反映時刻表を登録しました。") % {"timetable": made})
    return True


def _preview(form: NewTimetable) -> dict[str, Any]:
    """The new table beside the one whose place it takes, and the mark that lets it be published."""
    data = form.head.cleaned_data
    old = timetables.load([data["service"]]).on(data["service"], data["valid_from"])
    return {
        "heading": f"{Service(data['service']).label} {data['valid_from']}",
        "new": reflections.shown(form.slots.intervals()),
        "old": reflections.shown(old.intervals()),
        "mark": form.mark,
    }


def _withdraw(request: HttpRequest, timetable: Timetable, data: dict[str, Any]) -> HttpResponse:
    timetables.withdraw(timetable=timetable, actor=operator(request))
    messages.success(request, _("反映時刻表を取り下げました。"))
    return redirect(_LIST)


@admin.register(Timetable)
class TimetableAdmin(FactsAdmin, OperatedAdmin):
    change_list_template = "admin/numbering/timetables.html"
    list_display = ("service", "valid_from", "state_word", "intervals_word", "created_at")
    list_filter = ("service",)
    ordering = ("service", "-valid_from")
    sortable_by = ()
    fields = ("service", "valid_from", "state_word", "table", "created_at")
    operations = (
        Operation(
            "withdraw",
            gettext_lazy("取り下げる"),
            "numbering.delete_timetable",
            _withdraw,
            form=NoForm,
            possible=lambda timetable: timetable.valid_from > calendar.today(clock.now()),
            text=gettext_lazy("この表を削除します。適用開始日からも、それまでの表がそのまま続きます。"),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.publishing)
        return [path("publish/", view, name="numbering_timetable_publish"), *super().get_urls()]

    def publishing(self, request: HttpRequest) -> HttpResponse:
        return publish_page(request, self)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        tools = []
        if operator(request).has_perm("numbering.add_timetable"):
            tools.append((_("新しい反映時刻表"), reverse("admin:numbering_timetable_publish")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Timetable]:
        today = calendar.today(clock.now())
        begun = Timetable.objects.filter(
            service=OuterRef("service"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=today
        )
        kept = Timetable.objects.prefetch_related("entries").order_by(*self.ordering)
        return kept.annotate(is_over=Exists(begun), is_coming=Q(valid_from__gt=today))

    @admin.display(description=gettext_lazy("状態"))
    def state_word(self, timetable: Any) -> str:
        if timetable.is_coming:
            return _("適用前")
        return _("終了") if timetable.is_over else _("適用中")

    @admin.display(description=gettext_lazy("時間帯"))
    def intervals_word(self, timetable: Timetable) -> str:
        count = len(timetable.entries.all())
        return _("%(count)d区分") % {"count": count} if count else _("すぐに反映")

    @admin.display(description=gettext_lazy("反映時刻"))
    def table(self, timetable: Timetable) -> SafeString:
        rows = reflections.shown(timetables.slots_of(timetable).intervals())
        return render_to_string("admin/numbering/reflections.html", {"rows": rows})
