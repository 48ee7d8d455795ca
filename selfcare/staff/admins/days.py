"""The operators' page of closed and opened days: one by one, or a year as a file; past days are read only."""

import csv
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar, clock, text
from selfcare.orders.models import SpecialDay
from selfcare.orders.services import days
from selfcare.orders.services.days import DayError, Wish
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation, OperationForm, admin_form

_LIST = "admin:orders_specialday_changelist"
_ADD, _CHANGE, _DELETE = (f"orders.{duty}_specialday" for duty in ("add", "change", "delete"))
#: More lines than a year has days are no calendar.
MOST_LINES = 400
LARGEST_FILE = 100 * 1024
_KINDS = {
    "休業日": SpecialDay.Kind.CLOSED,
    "営業日": SpecialDay.Kind.OPENED,
    **{str(kind): kind for kind in SpecialDay.Kind},
}

groups.allow("orders.view_specialday", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
for _permission in (_ADD, _CHANGE, _DELETE):
    groups.allow(_permission, groups.PROVISIONING)


class DayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("日付"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("区分"), choices=SpecialDay.Kind.choices)
    note = forms.CharField(label=gettext_lazy("名称"), max_length=80, required=False)

    def wishes(self) -> list[Wish]:
        data = self.cleaned_data
        return [Wish(data["day"], SpecialDay.Kind(data["kind"]), data["note"])]


class YearForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSVファイル"),
        help_text=gettext_lazy(
            "1行に1日：日付（2027-01-04）, 休業日または営業日, 名称。UTF-8かShift_JIS。過ぎた日は含められません。"
        ),
    )

    def clean_file(self) -> list[Wish]:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise forms.ValidationError(_("ファイルが大きすぎます（100KBまで）。"))
        try:
            content, _encoding = text.decode_upload(upload.read())
        except text.UnreadableFileError as error:
            raise forms.ValidationError(str(error)) from None
        found, problems = _read(content)
        if problems:
            raise forms.ValidationError(problems[:50])
        if not found:
            raise forms.ValidationError(_("ファイルに日付がありません。"))
        return found

    def wishes(self) -> list[Wish]:
        read: list[Wish] = self.cleaned_data["file"]
        return read


def _read(content: str) -> tuple[list[Wish], list[str]]:
    """The days of a file, and a sentence for each line that is none. A heading without a date is passed over."""
    found: dict[date, Wish] = {}
    problems = []
    lines = content.splitlines()
    if len(lines) > MOST_LINES:
        return [], [_("行が多すぎます（%(most)d行まで）。") % {"most": MOST_LINES}]
    for line, cells in enumerate(csv.reader(lines), start=1):
        typed = [cell.strip() for cell in cells]
        if not any(typed) or (line == 1 and not any(character.isdecimal() for character in typed[0])):
            continue
        try:
            wish = _line(typed)
        except ValueError as error:
            problems.append(_("%(line)d行目：%(problem)s") % {"line": line, "problem": error})
            continue
        if wish.day in found:
            problems.append(_("%(line)d行目：%(problem)s") % {"line": line, "problem": _("同じ日が2回あります。")})
        found[wish.day] = wish
    return list(found.values()), problems


def _line(typed: list[str]) -> Wish:
    day_word, kind_word, note, *_rest = [*typed, "", "", ""]
    try:
        parts = text.to_halfwidth_digits(day_word).replace("/", "-").split("-")
        day = date(*map(int, parts)) if len(parts) == 3 else None
    except (ValueError, OverflowError):
        day = None
    if day is None:
        raise ValueError(_("日付は2027-01-04の形で入力してください。"))
    if kind_word not in _KINDS:
        raise ValueError(_("区分は「休業日」か「営業日」と入力してください。"))
    if len(note) > 80 or "\x00" in note:
        raise ValueError(_("名称は80文字以内で入力してください。"))
    return Wish(day, _KINDS[kind_word], note)


class ChangeForm(OperationForm):
    kind = forms.ChoiceField(label=gettext_lazy("区分"), choices=SpecialDay.Kind.choices)
    note = forms.CharField(label=gettext_lazy("名称"), max_length=80, required=False)

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.initial = {"kind": row.kind, "note": row.note, **self.initial}


def _change(request: HttpRequest, row: SpecialDay, data: dict[str, Any]) -> str:
    wish = Wish(row.day, SpecialDay.Kind(data["kind"]), data["note"])
    days.set_days(wishes=[wish], actor=operator(request))
    _warn(request, [wish])
    return _("変更しました。")


def _remove(request: HttpRequest, row: SpecialDay, data: dict[str, Any]) -> HttpResponse:
    days.remove_day(row=row, actor=operator(request))
    messages.success(request, _("%(day)sを削除しました。") % {"day": row.day.isoformat()})
    return redirect(_LIST)


def _warn(request: HttpRequest, wishes: list[Wish]) -> None:
    """What is booked for a day that is closed now stays booked: somebody has to talk to the customers."""
    booked = days.booked_on([wish.day for wish in wishes if wish.kind == SpecialDay.Kind.CLOSED])
    if booked:
        messages.warning(
            request,
            _("休業日にした日に、工事のお申し込みが%(count)d件あります。日程を変更してください。") % {"count": booked},
        )


def _is_coming(row: SpecialDay) -> bool:
    return row.day >= calendar.today(clock.now())


@admin.register(SpecialDay)
class SpecialDayAdmin(FactsAdmin, OperatedAdmin):
    change_list_template = "admin/numbering/timetables.html"
    list_display = ("day", "kind", "note")
    list_filter = ("kind",)
    date_hierarchy = "day"
    ordering = ("-day",)
    sortable_by = ()
    fields = ("day", "kind", "note")
    operations = (
        Operation("change", gettext_lazy("変更する"), _CHANGE, _change, form=ChangeForm, possible=_is_coming),
        Operation(
            "remove",
            gettext_lazy("削除する"),
            _DELETE,
            _remove,
            form=NoForm,
            possible=_is_coming,
            text=gettext_lazy(
                "土日・祝日・年末年始のほかは営業日に戻ります。受け付けたお申し込みの日程は変わりません。"
            ),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("enter/", view(self.enter), name="orders_specialday_enter"),
            path("year/", view(self.year), name="orders_specialday_year"),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By its operation only, which asks whether the day has passed."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        tools = []
        if operator(request).has_perm(_ADD):
            tools.append((_("日を登録する"), reverse("admin:orders_specialday_enter")))
            tools.append((_("CSVでまとめて登録する"), reverse("admin:orders_specialday_year")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})

    def enter(self, request: HttpRequest) -> HttpResponse:
        told = _("最短納期日や竣工日の計算にすぐに使われます。登録済みの日は、この内容に変わります。")
        return self._form_page(request, DayForm, _("休業日・営業日の登録"), told)

    def year(self, request: HttpRequest) -> HttpResponse:
        told = _("すべての行が正しいときだけ登録します。登録済みの日は、ファイルの内容に変わります。")
        return self._form_page(request, YearForm, _("休業日・営業日をCSVでまとめて登録"), told)

    def _form_page(self, request: HttpRequest, form_class: Any, title: str, told: str) -> HttpResponse:
        if not operator(request).has_perm(_ADD):
            raise PermissionDenied(_("この操作の権限がありません。"))
        form = form_class(*((request.POST, request.FILES) if request.method == "POST" else ()))
        if form.is_valid() and self._set(request, form):
            return redirect(_LIST)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "text": told,
            "form": form,
            "adminform": admin_form(form, self),
            "submit": _("登録する"),
        }
        return render(request, "admin/orders/days_form.html", context)

    def _set(self, request: HttpRequest, form: Any) -> bool:
        wishes = form.wishes()
        try:
            changed = days.set_days(wishes=wishes, actor=operator(request))
        except DayError as error:
            form.add_error(None, str(error))
            return False
        messages.success(request, _("%(count)d日を登録しました。") % {"count": changed})
        _warn(request, wishes)
        return True
