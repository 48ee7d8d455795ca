"""What operators read of a construction-date order beside its summary: how it stands, and every row as a table."""

from collections.abc import Iterator
from datetime import date

from django.utils import dateformat
from django.utils.translation import gettext as _

from numbering.dial_in import contents
from numbering.dial_in.contents import AddRow, PortRow
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInNumber, DialInPart
from numbering.dial_in.planned import blocks_of
from numbering.dial_in.services import operating
from numbering.dial_in.stages import Stage, next_of, stage_of
from numbering.dial_in.tables.part_functions import FLAGS, LABELS, TARGETS
from numbering.dial_in.tables.part_ports import PARTY, PLACE
from numbering.models import Assignment, Kind
from selfcare.orders.models import Order
from selfcare.orders.procedures import Row


def facts(order: Order) -> list[Row]:
    """Its stage and what is next, the days, the numbers it holds now, and what was agreed to."""
    stage, following = stage_of(order), next_of(order)
    told = [Row(_("工程"), str(stage.label) if stage else order.state_label)]
    if following is not None:
        told.append(Row(_("次の工程"), str(following.label)))
    expected = operating.completion_day(order)
    if expected is not None and stage not in (None, Stage.COMPLETED, Stage.CANCELLED):
        told.append(Row(_("竣工の予定日"), _day(expected)))
    told += _numbers(order)
    consent = order.data.get("consent") or {}
    if consent:
        told.append(Row(_("同意"), f"{consent.get('version', '')} {consent.get('at', '')}".strip()))
    return told


def _numbers(order: Order) -> Iterator[Row]:
    """By where they stand: reserved for it, or brought into use by it."""
    rows = DialInNumber.objects.filter(assignment__order=order).order_by("digits")
    by_state: dict[str, list[str]] = {}
    for digits, state in rows.values_list("digits", "assignment__state"):
        by_state.setdefault(state, []).append(digits)
    for state, some in sorted(by_state.items(), reverse=True):
        label = _("番号（%(state)s）") % {"state": Assignment.State(state).label}
        blocks = [str(block) for block in blocks_of(some)]
        count = _("%(n)s番号") % {"n": f"{len(some):,}"}
        yield Row(label, f"{count}\n{_listed(blocks)}")


#: What a page names; the file of rows and the list of numbers have all.
_BLOCKS = 50


def _listed(blocks: list[str]) -> str:
    more = len(blocks) - _BLOCKS
    named = "、".join(blocks[:_BLOCKS])
    return named if more <= 0 else _("%(blocks)s、ほか%(n)sか所") % {"blocks": named, "n": f"{more:,}"}


def table(order: Order) -> Iterator[list[str]]:
    """Every row of every part, header first; the columns of both kinds side by side."""
    names = [*FLAGS, *TARGETS]
    yield [
        _("内容"), _("基本契約番号"), _("種類"), _("番号数"), _("予約コード"), _("電話番号"), _("番号の移動"),
        _("事業者名1"), _("事業者名2"), _("回線種別"), _("名義"), _("名義人"), _("設置場所"), _("住所"),
        _("DSU・配線の撤去"), _("残置番号"), *[str(LABELS[name]) for name in names],
    ]  # fmt: skip
    parts = DialInPart.objects.filter(order=order).select_related("base").order_by("pk")
    for part in parts:
        head = [part.get_kind_display(), part.base.digits]
        for added in contents.add_rows(part):
            yield from ([*head, *cells] for cells in _added(added))
        for brought in contents.port_rows(part):
            yield [*head, *_brought(brought)]


def _added(row: AddRow) -> Iterator[list[str]]:
    kind = str(Kind(row.kind).label)
    blank = [""] * 10
    if not row.code:
        yield [kind, str(row.count), "", *blank, "", *_functions(row.functions)]
        return
    for digits, functions in row.by_number.items():
        yield [kind, "1", row.code, digits, *blank, *_functions(functions)]


def _brought(row: PortRow) -> list[str]:
    kind = str(Kind.GEOGRAPHIC.label)
    said = [_yes(row.move), row.carrier1, row.carrier2, row.line_kind_label]
    if row.move:
        said = [_yes(row.move), *[""] * 9]
    else:
        said += [str(PARTY[row.holder][0]), row.holder_name, str(PLACE[row.place][0]), row.address]
        said += [_yes(row.dsu_removal), _yes(row.remaining)]
    return [kind, "1", "", row.number, *said, *_functions(row.functions)]


def _functions(functions: Functions) -> list[str]:
    flags = [_yes(getattr(functions, name)) for name in FLAGS]
    return flags + [getattr(functions, name) for name in TARGETS]


def _yes(chosen: bool) -> str:
    return _("あり") if chosen else ""


def _day(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日(D)"))
