"""What the parts of a construction-date order say: their rows as objects, and what follows from them (spec 5.3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import DialInPart, LeadTime, ReservationCode
from numbering.models.numbers import Kind

if TYPE_CHECKING:
    from numbering.dial_in.services.claiming import Claim

#: Under one 代表 more than this many numbers need a lead time of their own.
MANY = 1_000
#: What one order may want in all: no customer empties an area for the months until its construction.
MOST = 10_000


class LineKind(models.TextChoices):
    """回線種別: on what the number that is brought lies today."""

    HIKARI_DENWA = "hikari_denwa", _("ひかり電話")
    ISDN = "isdn", _("ISDN")
    ANALOG = "analog", _("アナログ電話")
    DIRECT = "direct", _("直収電話")
    IP_PHONE = "ip_phone", _("その他のIP電話（0ABJ）")
    CABLE = "cable", _("ケーブルテレビの電話")


SAME, OTHER = "same", "other"


@dataclass(frozen=True)
class AddRow:
    """One row of an addition: `count` numbers that the pool gives, all with `functions`; or all numbers of `code`,
    each with its own in `by_number` (digits of every number of the code, in order).
    """

    kind: str
    count: int = 0
    code: str = ""
    functions: Functions = NO_FUNCTIONS
    by_number: Mapping[str, Functions] = field(default_factory=dict)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "AddRow":
        return cls(
            kind=kept["kind"],
            count=kept.get("count", 0),
            code=kept.get("code", ""),
            functions=Functions.from_json(kept.get("functions")),
            by_number={digits: Functions.from_json(one) for digits, one in kept.get("by_number", {}).items()},
        )

    def as_json(self) -> dict[str, Any]:
        if self.code:
            by_number = {digits: one.as_json() for digits, one in self.by_number.items()}
            return {"kind": self.kind, "code": self.code, "by_number": by_number}
        return {"kind": self.kind, "count": self.count, "functions": self.functions.as_json()}

    @property
    def numbers(self) -> int:
        return len(self.by_number) if self.code else self.count

    @property
    def every_function(self) -> Iterable[Functions]:
        return self.by_number.values() if self.code else (self.functions,)


@dataclass(frozen=True)
class PortRow:
    """One number that is brought from another company, or, with `move`, from another base number of this customer:
    then the fields about the line of today are empty. `number` is digits.
    """

    number: str
    carrier1: str = ""
    carrier2: str = ""
    line_kind: str = ""
    holder: str = SAME
    holder_name: str = ""
    place: str = SAME
    address: str = ""
    dsu_removal: bool = False
    remaining: bool = False
    move: bool = False
    functions: Functions = NO_FUNCTIONS

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "PortRow":
        return cls(**{**kept, "functions": Functions.from_json(kept.get("functions"))})

    def as_json(self) -> dict[str, Any]:
        names = [name for name in self.__dataclass_fields__ if name != "functions"]
        return {name: getattr(self, name) for name in names} | {"functions": self.functions.as_json()}

    @property
    def line_kind_label(self) -> str:
        return str(LineKind(self.line_kind).label) if self.line_kind in LineKind.values else self.line_kind

    @property
    def numbers(self) -> int:
        return 1

    @property
    def every_function(self) -> Iterable[Functions]:
        return (self.functions,)


@dataclass(frozen=True)
class Totals:
    """How many numbers: given by the pool or a code, by kind; brought; moved."""

    geographic: int = 0
    ip_050: int = 0
    ported: int = 0
    moved: int = 0

    @property
    def added(self) -> int:
        return self.geographic + self.ip_050

    @property
    def all(self) -> int:
        return self.added + self.ported + self.moved

    @property
    def kinds(self) -> list[str]:
        """Of which kinds numbers are charged from the construction on; what is brought or moved is geographic."""
        geographic = self.geographic + self.ported + self.moved
        counts = {Kind.GEOGRAPHIC.value: geographic, Kind.IP_050.value: self.ip_050}
        return [kind for kind, count in counts.items() if count]


def add_rows(part: DialInPart) -> list[AddRow]:
    return [AddRow.from_json(row) for row in part.rows] if part.kind == DialInPart.Kind.ADD else []


def port_rows(part: DialInPart) -> list[PortRow]:
    return [PortRow.from_json(row) for row in part.rows] if part.kind == DialInPart.Kind.PORT else []


def rows_of(part: DialInPart) -> list[AddRow | PortRow]:
    return [*add_rows(part), *port_rows(part)]


def ports(parts: Iterable[DialInPart]) -> list[tuple[DialInPart, PortRow]]:
    """Every number that is brought or moved, with the part that says to which base number."""
    return [(part, row) for part in parts for row in port_rows(part)]


def totals(parts: Iterable[DialInPart]) -> Totals:
    parts = list(parts)
    added = [row for part in parts for row in add_rows(part)]
    brought = [row for _part, row in ports(parts)]
    return Totals(
        geographic=sum(row.numbers for row in added if row.kind == Kind.GEOGRAPHIC),
        ip_050=sum(row.numbers for row in added if row.kind == Kind.IP_050),
        ported=sum(not row.move for row in brought),
        moved=sum(row.move for row in brought),
    )


def functions_of(parts: Iterable[DialInPart]) -> Iterable[Functions]:
    """The functions of every row and number."""
    for part in parts:
        for row in rows_of(part):
            yield from row.every_function


def has_remaining(part: DialInPart) -> bool:
    """Whether its 残回線構成表 is mandatory."""
    return any(row.remaining for row in port_rows(part))


def new_geographic(parts: Iterable[DialInPart]) -> bool:
    """Whether 0ABJ numbers come that the customer does not have today."""
    found = totals(parts)
    return bool(found.geographic or found.ported)


def under_base(parts: Iterable[DialInPart]) -> dict[int, int]:
    """How many numbers come under each base number, by its id."""
    found: dict[int, int] = {}
    for part in parts:
        coming = sum(row.numbers for row in rows_of(part))
        found[part.base_id] = found.get(part.base_id, 0) + coming
    return found


def lead_contents(
    parts: Sequence[DialInPart],
    *,
    is_first_0abj: bool,
    members_net: bool,
    changes_networks: bool,
    held: Mapping[int, int] | None = None,
) -> frozenset[str]:
    """The contents whose lead times count. `held`: how many dial-in numbers a base number has already, by its id."""
    content = LeadTime.Content
    added = [row for part in parts for row in add_rows(part)]
    found = totals(parts)
    coming = {base: count + (held or {}).get(base, 0) for base, count in under_base(parts).items()}
    said = {
        content.ADD_050: any(row.kind == Kind.IP_050 and not row.code for row in added),
        content.ADD_0ABJ: any(row.kind == Kind.GEOGRAPHIC and not row.code for row in added),
        content.FIRST_0ABJ: is_first_0abj and bool(found.geographic or found.ported),
        content.RESERVED: any(row.code for row in added),
        content.MANY: any(count > MANY for count in coming.values()),
        content.PORT: found.ported > 0,
        content.MOVE: found.moved > 0,
        content.TARGETS: any(one.has_target for one in functions_of(parts)),
        content.NETWORK: changes_networks,
        content.MEMBERS_NET: members_net,
    }
    return frozenset(str(one) for one, counts in said.items() if counts)


def claims(parts: Iterable[DialInPart]) -> "list[Claim]":
    """What the order takes from the pool and from reservation codes; two queries at most."""
    from numbering.dial_in.services.claiming import Claim

    parts = [part for part in parts if part.kind == DialInPart.Kind.ADD]
    models.prefetch_related_objects(parts, "base")
    rows = [(part, row) for part in parts for row in add_rows(part)]
    wanted = {row.code for _part, row in rows if row.code}
    codes = {one.code: one for one in ReservationCode.objects.filter(code__in=wanted)} if wanted else {}
    return [
        Claim(
            base=part.base,
            kind=row.kind,
            count=row.count,
            code=codes[row.code] if row.code else None,
            functions=row.functions,
            by_number=row.by_number,
        )
        for part, row in rows
    ]
