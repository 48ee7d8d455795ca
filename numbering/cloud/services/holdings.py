"""What a cloud phone contract has, and which items of the tariff that is: the one way from rows to prices.

Charges follow it, pages and confirm pages add it up, and a procedure alters a copy of it to show what a wish costs.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from billing.services import CloudPrices, CloudQuote, PricedLine, cloud_items
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Equipment, Scheme, Use
from selfcare.orders.procedures import Quote


@dataclass(frozen=True)
class Thing:
    """One thing that is charged for: `subject` is a number's digits, an ID's or a device's code, or the contract's
    number. `is_free`: it costs nothing every month; `is_new`: its initial fee is due when it comes."""

    item: str
    subject: str
    is_free: bool = False
    is_new: bool = True


@dataclass
class Holdings:
    """The live rows of a contract; a procedure may put unsaved rows into a `copy`."""

    cloud: CloudContract
    numbers: list[CloudNumber] = field(default_factory=list)
    ids: list[CloudId] = field(default_factory=list)
    equipment: list[Equipment] = field(default_factory=list)

    def copy(self) -> "Holdings":
        return Holdings(
            copy.copy(self.cloud),
            [copy.copy(row) for row in self.numbers],
            [copy.copy(row) for row in self.ids],
            [copy.copy(row) for row in self.equipment],
        )

    @property
    def first_number(self) -> CloudNumber | None:
        """The voice number that is in the basic fee of 従来方式: the representative one."""
        voice = [row for row in self.numbers if row.use == Use.VOICE]
        chosen = [row for row in voice if row.pk == self.cloud.representative_id]
        return next(iter(chosen or voice), None)

    def things(self) -> list[Thing]:
        return [
            Thing(cloud_items.basic(is_ported=self.cloud.is_ported), self.cloud.contract.number),
            *self._of_numbers(),
            *self._of_ids(),
            *self._of_equipment(),
        ]

    def _of_numbers(self) -> Iterator[Thing]:
        first, is_shared = self.first_number, self.cloud.scheme == Scheme.SHARED
        for row in self.numbers:
            if row.use == Use.FAX:
                yield Thing(cloud_items.FAX_NUMBER, row.digits)
                continue
            # 新方式: every number is a shared one, the first too, though nobody has bought it as an additional one.
            if is_shared or row is not first:
                yield Thing(cloud_items.NUMBER, row.digits, is_new=row is not first)
            for item, is_on in (
                (cloud_items.FAX, row.fax),
                (cloud_items.AFTER_HOURS, row.after_hours),
                (cloud_items.VOICEMAIL, row.voicemail),
            ):
                if is_on:
                    yield Thing(item, row.digits)

    def _of_ids(self) -> Iterator[Thing]:
        for row in self.ids:
            item = cloud_items.of_id(is_included=row.is_included, has_desk_phone=row.has_desk_phone)
            if item:
                yield Thing(item, row.code)
            if row.flat_rate:
                yield Thing(cloud_items.FLAT_RATE, row.code)

    def _of_equipment(self) -> Iterator[Thing]:
        """An ID with a fixed IP phone has one adapter without monthly fee."""
        offering = {row.pk for row in self.ids if row.has_desk_phone}
        for row in self.equipment:
            if row.kind == Equipment.Kind.DESK_PHONE:
                yield Thing(cloud_items.DESK_PHONE, row.code)
            elif row.kind == Equipment.Kind.ADAPTER:
                is_free = row.on_id_id in offering
                offering -= {row.on_id_id}
                yield Thing(cloud_items.ADAPTER, row.code, is_free=is_free)

    def quote(self, prices: CloudPrices) -> CloudQuote:
        """Everything, with the initial fees of everything: what 本申込 of these rows costs. Raises NoTariff."""
        return prices.quote(tuple(_lines(self.things(), prices)))

    def monthly(self, prices: CloudPrices) -> int:
        return sum(line.monthly for line in _lines(self.things(), prices))


def read(clouds: Iterable[CloudContract]) -> dict[int, Holdings]:
    """By contract id; three queries for however many. The contracts' own rows are best selected with `clouds`."""
    found = {cloud.pk: Holdings(cloud) for cloud in clouds}
    for number in CloudNumber.objects.live().filter(cloud__in=found).order_by("pk"):
        found[number.cloud_id].numbers.append(number)
    for row in CloudId.objects.live().filter(cloud__in=found).order_by("pk"):
        found[row.cloud_id].ids.append(row)
    equipment = Equipment.objects.live().filter(cloud__in=found).exclude(state=Equipment.State.CANCELLED)
    for device in equipment.order_by("pk"):
        found[device.cloud_id].equipment.append(device)
    return found


def of(cloud: CloudContract) -> Holdings:
    return read([cloud])[cloud.pk]


def _lines(things: Sequence[Thing], prices: CloudPrices) -> list[PricedLine]:
    """One row for things of a kind; in the order of the tariff."""
    counts: dict[tuple[str, bool, bool], int] = {}
    for thing in things:
        key = (thing.item, thing.is_free, thing.is_new)
        counts[key] = counts.get(key, 0) + 1
    order = (*cloud_items.MONTHLY, cloud_items.DESK_PHONE)
    return [
        prices.line(item, count, is_free=is_free, is_new=is_new, words=_words(item, is_free=is_free, is_new=is_new))
        for (item, is_free, is_new), count in sorted(counts.items(), key=lambda each: order.index(each[0][0]))
    ]


def _words(item: str, *, is_free: bool, is_new: bool) -> Any:
    if item == cloud_items.ADAPTER and is_free:
        return _("宅内装置（固定型IP電話機のIDで利用）")
    if item == cloud_items.NUMBER and not is_new:
        return _("共有番号（最初の番号）")
    return cloud_items.WORDS[item]


def difference(before: Holdings, after: Holdings, prices: CloudPrices) -> Quote:
    """What the bill gets more (or less) by it: for `Procedure.quote`. Initial fees of what ends are not paid back."""
    old, new = _lines(before.things(), prices), _lines(after.things(), prices)
    counts = {(line.item, str(line.words)): line for line in old}
    lines: list[tuple[str, int]] = []
    monthly = once = 0
    for line in new:
        was = counts.pop((line.item, str(line.words)), None)
        more_monthly = line.monthly - (was.monthly if was else 0)
        more_once = max(0, line.once - (was.once if was else 0))
        monthly, once = monthly + more_monthly, once + more_once
        lines += _told(line, more_monthly, more_once)
    for was in counts.values():
        monthly -= was.monthly
        lines += _told(was, -was.monthly, 0)
    return Quote(monthly=monthly, once=once, lines=tuple(lines))


def _told(line: PricedLine, monthly: int, once: int) -> list[tuple[str, int]]:
    told = []
    if once:
        told.append((_("%(item)s 初期費用") % {"item": line.words}, once))
    if monthly:
        told.append((_("%(item)s 月額") % {"item": line.words}, monthly))
    return told
