"""Closings: how far each month is, what stops it, and going on."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.closing import running, trouble
from billing.closing.steps import STEPS
from billing.kinds import CostKind, VoiceKind
from billing.models import ClosingRun, ClosingStep
from billing.services.closing import go_on
from selfcare import calendar, clock
from selfcare.staff import groups, panels
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation

groups.allow("billing.view_closingrun", groups.SUPPORT, groups.BILLING)
groups.allow("billing.change_closingrun", groups.BILLING)

_WORDS = {
    "charges": gettext_lazy("料金の集計"),
    "freeze": gettext_lazy("音声課金の確定"),
    "invoices": gettext_lazy("請求書番号・税額の確定"),
    "statements": gettext_lazy("明細の件数"),
    "pdfs": gettext_lazy("請求書PDF"),
    "mails": gettext_lazy("請求確定のお知らせ"),
}
_RESULTS = {
    "records": gettext_lazy("通話記録の件数"),
    "price": gettext_lazy("通話記録の料金"),
    "charges": gettext_lazy("音声課金明細の件数"),
    "bills": gettext_lazy("請求の件数"),
    "customers": gettext_lazy("契約者数"),
    "lines": gettext_lazy("請求明細の件数"),
    "first": gettext_lazy("最初の請求書番号"),
    "last": gettext_lazy("最後の請求書番号"),
    "net": gettext_lazy("税抜合計"),
    "tax": gettext_lazy("消費税"),
    "total": gettext_lazy("請求合計"),
    "pdfs": gettext_lazy("作成したPDF"),
    "missing": gettext_lazy("作成できていないPDF"),
    "mails": gettext_lazy("メールの通数"),
}
_KINDS: dict[str, str] = {str(value): str(label) for value, label in (*CostKind.choices, *VoiceKind.choices)}
#: Runs that the home page names.
_LISTED = 10


def _go_on(request: HttpRequest, run: ClosingRun, asked: dict[str, Any]) -> str:
    go_on(run=run, actor=operator(request))
    return _("続きの処理を依頼しました。結果はこのページに表示されます。")


@admin.register(ClosingRun)
class ClosingRunAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("month_word", "kind", "cycle_text", "state_word", "due", "closed_at", "finished_at")
    # Voice runs have no cycle: as a filter that would be a link without a word.
    list_filter = ("kind",)
    ordering = ("-month", "kind", "cycle")
    sortable_by = ()
    fields = (
        "month_word", "kind", "cycle_text", "state_word", "due", "waiting", "trouble_list", "step_table", "started_at",
        "closed_at", "finished_at",
    )  # fmt: skip
    operations = (
        Operation(
            "go-on",
            gettext_lazy("いますぐ続ける"),
            "billing.change_closingrun",
            _go_on,
            form=NoForm,
            possible=lambda run: run.finished_at is None,
            text=gettext_lazy("止まった理由を解消した後に押してください。済んだ工程はやり直されません。"),
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return operator(request).has_perm("billing.view_closingrun")

    @admin.display(description=gettext_lazy("請求対象年月"))
    def month_word(self, run: ClosingRun) -> str:
        return f"{run.month:%Y-%m}"

    @admin.display(description=gettext_lazy("請求締め"))
    def cycle_text(self, run: ClosingRun) -> str:
        return run.cycle_word or "-"

    @admin.display(description=gettext_lazy("状態"))
    def state_word(self, run: ClosingRun) -> str:
        return str(_state(run))

    @admin.display(description=gettext_lazy("締め日"))
    def due(self, run: ClosingRun) -> str:
        return f"{running.since(run):%Y-%m-%d}"

    @admin.display(description=gettext_lazy("先に終わるべき締め"))
    def waiting(self, run: ClosingRun) -> str:
        before = running.waits_for(run) if run.closed_at is None else None
        return str(before or "-")

    @admin.display(description=gettext_lazy("止まった理由"))
    def trouble_list(self, run: ClosingRun) -> SafeString:
        sentences = [(trouble.sentence(one),) for one in run.trouble]
        return format_html_join("", "<div>{}</div>", sentences) if sentences else _dash()

    @admin.display(description=gettext_lazy("工程"))
    def step_table(self, run: ClosingRun) -> SafeString:
        done = {step.name: step for step in run.steps.all()}
        rows = [(_WORDS[step.name], *_done(done.get(step.name))) for step in STEPS[run.kind]]
        return format_html(
            '<table><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
            "<tbody>{}</tbody></table>",
            _("工程"),
            _("完了日時"),
            _("結果"),
            format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows),
        )


def _state(run: ClosingRun) -> Any:
    if run.trouble:
        return _("停止中")
    if run.finished_at:
        return _("完了")
    return _("確定済み・後続処理中") if run.closed_at else _("締め処理中")


def _dash() -> SafeString:
    return format_html("{}", "-")


def _done(step: ClosingStep | None) -> tuple[str, str]:
    if step is None:
        return "-", ""
    return f"{calendar.local(step.done_at):%Y-%m-%d %H:%M:%S}", "、".join(_facts(step.result))


def _facts(result: dict[str, Any]) -> Iterable[str]:
    """Counts and sums by their names; those of kinds one level down."""
    for name, value in result.items():
        if isinstance(value, dict):
            for kind, sums in value.items():
                words = {"kind": _KINDS.get(kind, kind), "lines": sums["lines"], "yen": sums["yen"]}
                yield _("%(kind)s %(lines)s件 %(yen)s円") % words
        elif value is not None and name in _RESULTS:
            yield f"{_RESULTS[name]} {value}"


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """Runs that have stopped, and those that should have closed before today."""
    if not operator(request).has_perm("billing.view_closingrun"):
        return None
    today = calendar.today(clock.now())
    open_runs = running.unfinished()
    return {
        "stopped": [run for run in open_runs if run.trouble][:_LISTED],
        "late": [r for r in open_runs if not r.trouble and not r.closed_at and running.since(r) < today][:_LISTED],
    }


panels.register("closing", panel, "admin/billing/closing_panel.html", order=40)
