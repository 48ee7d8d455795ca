"""What a picture says: bars from the ground up, stacked or with a cap, and bars from left to right.

An app fills one of these and draws it by the tag `chart`; where everything lies is counted in chart_geometry.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import money

#: Patterns and colours that there are (static/css/charts.css); more kinds than these nobody tells apart.
MOST_SERIES = 6


@dataclass(frozen=True)
class Scale:
    """An axis whose largest value is `since` or more counts in `divisor`, called `words`."""

    since: int
    divisor: int
    words: Any


@dataclass(frozen=True)
class Unit:
    """How values are written: `scales` from the smallest, `least` the top of an axis on which all is nothing."""

    scales: tuple[Scale, ...]
    least: int

    def scale(self, largest: int) -> Scale:
        return next((scale for scale in reversed(self.scales) if largest >= scale.since), self.scales[0])

    def short(self, value: int, scale: Scale) -> str:
        """The number alone, as an axis has it."""
        return f"{(Decimal(value) / scale.divisor).normalize():,f}"

    def text(self, value: int) -> str:
        return f"{value:,}"


class _Yen(Unit):
    def text(self, value: int) -> str:
        return money.yen(value)


class _Bytes(Unit):
    def text(self, value: int) -> str:
        """12.3 GB: one digit behind the point, in the largest unit of which there is one."""
        # 999.96 MB is told as 1 GB, not as 1,000 MB.
        scale = self.scale(abs(value) + abs(value) // 20_000)
        number = (Decimal(value) / scale.divisor).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"{number.normalize():,f} {scale.words}"


YEN = _Yen(
    (
        Scale(0, 1, gettext_lazy("円")),
        Scale(100_000, 1_000, gettext_lazy("千円")),
        Scale(100_000_000, 1_000_000, gettext_lazy("百万円")),
    ),
    least=1_000,
)
#: Decimal prefixes, as carriers sell data: 1 GB is 10^9 bytes.
BYTES = _Bytes(
    (
        Scale(0, 1, "B"),
        Scale(10**3, 10**3, "KB"),
        Scale(10**6, 10**6, "MB"),
        Scale(10**9, 10**9, "GB"),
        Scale(10**12, 10**12, "TB"),
    ),
    least=10**9,
)
COUNT = Unit((Scale(0, 1, ""),), least=5)


@dataclass(frozen=True)
class Column:
    """`label` stands under the column, at most five characters a line; `long` in the table and in tooltips."""

    label: str
    long: str = ""


@dataclass(frozen=True)
class Series:
    """One value for each column; None is not known, which is not 0. What lies below 0 is drawn below the line."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Columns:
    """Bars from the ground up, those of several series on top of each other.

    `name` is unique on its page ([a-z0-9-]: ids are made of it), `title` one sentence about the picture, `empty` what
    stands in its place when nothing is known. `cap` is drawn as a line across.
    """

    name: str
    title: str
    unit: Unit
    columns: Sequence[Column]
    series: Sequence[Series]
    empty: str
    cap: int | None = None
    cap_label: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.series) <= MOST_SERIES:
            raise ValueError(f"{len(self.series)} series")
        if any(len(series.values) != len(self.columns) for series in self.series):
            raise ValueError("each series has one value for each column")

    @property
    def is_empty(self) -> bool:
        return all(value is None for series in self.series for value in series.values)

    def total(self, column: int) -> int | None:
        """The sum of a column; None where nothing of it is known."""
        known = [value for series in self.series if (value := series.values[column]) is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Bar:
    """One row of a table of bars; with a `cap` the value is told against it. `tone` as of the states (shell.tone)."""

    label: str
    value: int
    url: str = ""
    cap: int | None = None
    note: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("a bar from left to right has no place for what is below 0")

    @property
    def is_over(self) -> bool:
        return self.cap is not None and self.value > self.cap


@dataclass(frozen=True)
class Bars:
    """Bars from left to right, in a table that says the same in words. `scale` is the value of a full bar."""

    name: str
    title: str
    unit: Unit
    rows: Sequence[Bar]
    empty: str
    label_heading: str
    value_heading: str
    scale: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self.rows

    def words(self, row: Bar) -> str:
        value = self.unit.text(row.value)
        if row.cap is None:
            return value
        return _("%(value)s / %(cap)s") % {"value": value, "cap": self.unit.text(row.cap)}
