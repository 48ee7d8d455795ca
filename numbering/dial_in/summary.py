"""A construction-date order in words: every row of its parts and everything else that was entered, and its prices."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from billing.services import price_list
from numbering.dial_in import contents, dates
from numbering.dial_in.contents import AddRow, PortRow
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInPart
from numbering.dial_in.services.blocks import Block, Plan
from numbering.dial_in.services.claiming import FUNCTION_ITEMS, NUMBER_ITEMS
from numbering.dial_in.services.wishes import Wish
from numbering.dial_in.tables.part_functions import FLAGS, LABELS, TARGETS
from numbering.dial_in.tables.part_ports import PARTY, PLACE
from numbering.models import Kind
from selfcare import money, phones
from selfcare.accounts.models import Contract
from selfcare.orders.procedures import Quote, Row

_SEPARATOR = "／"


def rows(wish: Wish, plans: Sequence[Plan]) -> list[Row]:
    """Everything; `plans` are those of `wish.claims`, in order. A label stands once: by it the engine compares."""
    names = {uuid: name for uuid, (_kind, name) in wish.documents.items()}
    site = wish.voice_contract
    told = [
        Row(_("音声グループ"), str(site.group)),
        Row(_("音声契約"), str(site)),
        Row(_("サービス種別"), str(site.get_service_type_display())),
    ]
    found = iter(plans)
    for number, part in enumerate(wish.parts, start=1):
        # Of portability none: an empty plan for each row of an addition, codes too.
        own = [next(found) for _row in contents.add_rows(part)]
        label = _("内容%(n)d：%(part)s") % {"n": number, "part": part}
        told.append(Row(label, "\n".join(_part_lines(part, own, names, wish.data.get("remaining") or {}))))
    return [*told, *_network_rows(wish), *_legal_rows(wish, names), *_when_rows(wish), *_contact_rows(wish)]


def _part_lines(
    part: DialInPart, plans: Sequence[Plan], names: dict[str, str], remaining: dict[str, str]
) -> Iterator[str]:
    rows = zip(contents.add_rows(part), plans, strict=True)
    # Neighbours of which the same was said are one: a file has a row for each number.
    for (kind, code, functions), group in groupby(rows, key=lambda one: (one[0].kind, one[0].code, one[0].functions)):
        some = list(group)
        if code:
            yield from _code_lines(some[0][0])
        else:
            count = sum(row.count for row, _plan in some)
            row = AddRow(kind=kind, count=count, functions=functions)
            yield from _pool_lines(part, row, [block for _row, plan in some for block in plan.blocks])
    yield from _port_lines(contents.port_rows(part))
    if contents.has_remaining(part):
        yield _("残回線構成表：%(name)s") % {"name": names.get(remaining.get(str(part.pk), ""), _("未送信"))}


def _pool_lines(part: DialInPart, row: AddRow, found: Sequence[Block]) -> Iterator[str]:
    kind = str(Kind(row.kind).label) + (f"（{part.base.area}）" if row.kind == Kind.GEOGRAPHIC else "")
    first = _("%(kind)s %(n)s番号") % {"kind": kind, "n": f"{row.count:,}"}
    yield _SEPARATOR.join([first, *_functions(row.functions)])
    if found:
        plan = Plan(blocks=_joined(found))
        yield _("見つかった番号：%(blocks)s") % {"blocks": plan.describe(most=50)}


def _joined(found: Sequence[Block]) -> tuple[Block, ...]:
    """Blocks that follow each other as one."""
    joined: list[Block] = []
    for block in sorted(found, key=lambda one: (len(one.first), one.first)):
        last = joined[-1] if joined else None
        if last and len(last.last) == len(block.first) and int(last.last) + 1 == int(block.first):
            joined[-1] = Block(last.first, block.last, last.count + block.count)
        else:
            joined.append(block)
    return tuple(joined)


def _code_lines(row: AddRow) -> Iterator[str]:
    values = {"code": row.code, "kind": Kind(row.kind).label, "n": f"{row.numbers:,}"}
    yield _("予約コード %(code)s（%(kind)s %(n)s番号）") % values
    for functions, group in groupby(row.by_number.items(), key=lambda item: item[1]):
        yield _SEPARATOR.join([ranges([digits for digits, _functions in group]), *_functions(functions)])


def _port_lines(rows: Iterable[PortRow]) -> Iterator[str]:
    """Neighbours of which the same was said are one line."""
    for said, group in groupby(rows, key=_said):
        yield _SEPARATOR.join([ranges([row.number for row in group]), *said])


def _said(row: PortRow) -> tuple[str, ...]:
    if row.move:
        return (_("ご契約内での番号の移動"), *_functions(row.functions))
    said = [
        _SEPARATOR.join(filter(None, [row.carrier1, row.carrier2])),
        row.line_kind_label,
        _("名義：%(holder)s") % {"holder": row.holder_name or PARTY[row.holder][0]},
        _("設置場所：%(place)s") % {"place": row.address or PLACE[row.place][0]},
        _("DSU・配線の撤去：する") if row.dsu_removal else _("DSU・配線の撤去：しない"),
        _("残置番号：有り") if row.remaining else _("残置番号：無し"),
    ]
    return (*filter(None, said), *_functions(row.functions))


def _functions(functions: Functions) -> list[str]:
    """Those that are chosen, in words."""
    chosen = [str(LABELS[name]) for name in FLAGS if getattr(functions, name)]
    targets = [(name, getattr(functions, name)) for name in TARGETS if getattr(functions, name)]
    return chosen + [f"{LABELS[name]} {phones.display(digits)}" for name, digits in targets]


def ranges(digits: Sequence[str]) -> str:
    """Numbers in words, those that follow each other as their first and last."""
    runs: list[list[str]] = []
    for one in digits:
        if runs and len(one) == len(runs[-1][-1]) and int(one) == int(runs[-1][-1]) + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return "、".join(_run(run) for run in runs)


def _run(run: Sequence[str]) -> str:
    if len(run) == 1:
        return phones.display(run[0])
    ends = {"first": phones.display(run[0]), "last": phones.display(run[-1]), "n": f"{len(run):,}"}
    return _("%(first)s～%(last)s（%(n)s番号）") % ends


def _network_rows(wish: Wish) -> list[Row]:
    if not wish.asks_networks:
        return []
    wished = wish.wished_networks
    gone = set(wished.get("delete", []))
    told = [
        (_("追加するネットワークアドレス"), [str(one) for one in wished.get("add", [])]),
        (_("削除するネットワークアドレス"), [str(one) for one in wish.networks if one.pk in gone]),
        (_("変更しないネットワークアドレス"), [str(one) for one in wish.networks if one.pk not in gone]),
    ]
    return [Row(label, "、".join(some)) for label, some in told if some]


def _legal_rows(wish: Wish, names: dict[str, str]) -> list[Row]:
    legal: dict[str, Any] = wish.data.get("legal") or {}
    if not wish.asks_legal or not legal:
        return []
    return [
        Row(_("取引確認内容の変更有無"), _("変更あり") if legal.get("changed") else _("変更なし")),
        Row(_("取引担当者名"), legal.get("person", "")),
        Row(_("取引時確認記録登録申込書"), names.get(legal.get("document", ""), "")),
        Row(_("送付先部署名"), legal.get("department", "")),
        Row(_("送付先担当者名"), legal.get("recipient", "")),
    ]


def _when_rows(wish: Wish) -> list[Row]:
    when = wish.when
    if when.day is None:
        return []
    told = [Row(_("工事希望年月日"), dates.in_words(when.day))]
    if when.hour:
        told.append(Row(_("工事希望時間"), f"{when.hour:%-H:%M}"))
    if when.reason:
        told.append(Row(_("営業時間外をご希望の理由"), when.reason))
    if wish.shows_number and when.free_dial_until:
        told.append(Row(_("フリーダイヤル・ナビダイヤルの工事終了予定日"), dates.in_words(when.free_dial_until)))
    return told


def _contact_rows(wish: Wish) -> list[Row]:
    contact: dict[str, str] = wish.data.get("contact") or {}
    if not contact:
        return []
    name = contact.get("name", "") + (f"（{contact['kana']}）" if contact.get("kana") else "")
    lines = [contact.get("company", ""), contact.get("department", ""), name]
    lines += [phones.display(contact.get("phone", "")), contact.get("mail", "")]
    return [Row(_("ご担当者"), "\n".join(filter(None, lines)))]


def quote(wish: Wish, contract: Contract, on: date) -> Quote:
    """What is charged every month from the opening on, by that day's prices; of a move what changes in functions."""
    prices = price_list(plan=contract.plan, on=on)
    found = wish.totals
    counted: list[tuple[str, str, int]] = [
        (str(Kind.GEOGRAPHIC.label), NUMBER_ITEMS[Kind.GEOGRAPHIC], found.geographic + found.ported),
        (str(Kind.IP_050.label), NUMBER_ITEMS[Kind.IP_050], found.ip_050),
    ]
    for name, item in FUNCTION_ITEMS.items():
        before = sum(bool(getattr(one, name)) for one in wish.moving)
        counted.append((str(LABELS[name]), item, sum(_having(part, name) for part in wish.parts) - before))
    lines = tuple(
        (_line(label, prices[item], count), prices[item] * count)
        for label, item, count in counted
        if count and prices.get(item)
    )
    return Quote(monthly=sum(amount for _label, amount in lines), lines=lines)


def _having(part: DialInPart, name: str) -> int:
    """How many numbers of a part get a function."""
    rows: list[AddRow | PortRow] = [*contents.add_rows(part), *contents.port_rows(part)]
    total = 0
    for row in rows:
        having = sum(bool(getattr(one, name)) for one in row.every_function)
        total += having if not isinstance(row, AddRow) or row.code else having * row.count
    return total


def _line(label: str, fee: int, count: int) -> str:
    return _("%(item)s %(fee)s × %(n)s番号") % {"item": label, "fee": money.yen(fee), "n": f"{count:,}"}
