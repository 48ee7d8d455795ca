"""Where the parts of a picture lie. Across everything is in per cent, so that words keep their size at any width;
upwards in pixels. Whole numbers in, strings for the attributes of SVG out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from selfcare.shell.charts import Bars, Columns, Series

#: Pixels: above the plot (for the unit and the sums), the plot, and each line of words below it.
ABOVE, HEIGHT, LINE = 30, 160, 17
#: Intervals of an axis, at most.
_INTERVALS = 5
#: Of a column's place its bar takes so much, and of the whole width never more than so much (per cent).
_SHARE, _WIDEST = 62, 16
#: What a word of a sum stays away from its bar.
_APART = 5


def number(value: float) -> str:
    """12.5, 12 or 12.33: two digits are a fiftieth of a pixel on the widest screen."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def per_cent(value: float) -> str:
    return f"{number(value)}%"


def step_for(low: int, high: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that goes from `low` (at most 0) to `high` in no more than five steps."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if -(-high // step) + -(low // step) <= _INTERVALS:
                return step
        power *= 10


@dataclass(frozen=True)
class Axis:
    """From `bottom` (0 or below) to `top`, both on a step."""

    bottom: int
    top: int
    step: int

    @classmethod
    def of(cls, low: int, high: int, least: int) -> "Axis":
        low, high = min(low, 0), max(high, 0)
        if low == high:
            high = least
        step = step_for(low, high)
        return cls(low // step * step, -(-high // step) * step, step)

    def ticks(self) -> list[int]:
        return list(range(self.bottom, self.top + 1, self.step))

    def y(self, value: int) -> float:
        """Pixels from the picture's upper edge."""
        return ABOVE + (self.top - value) * HEIGHT / (self.top - self.bottom)


@dataclass(frozen=True)
class Tick:
    y: str
    text: str
    is_zero: bool


@dataclass(frozen=True)
class Part:
    """A piece of a column: `series` from 1, which is also the number of its colour and pattern."""

    series: int
    y: str
    height: str
    tip: str


@dataclass(frozen=True)
class Drawn:
    """One column; `total` and what of it is known in words, as the table has them."""

    x: str
    width: str
    middle: str
    parts: list[Part]
    total: str
    total_y: str
    lines: list[tuple[str, str]]
    long: str
    cells: list[tuple[str, str]]
    total_text: str


@dataclass(frozen=True)
class Picture:
    """Everything that templates/inc/_chart_columns.html writes."""

    name: str
    title: str
    says: str
    unit: str
    height: str
    gutter: int
    ticks: list[Tick]
    columns: list[Drawn]
    series: list[tuple[int, str]]
    is_stacked: bool
    cap_y: str
    cap_text: str


def _extent(chart: Columns) -> tuple[int, int]:
    """The lowest and the highest that is reached: what is below 0 is stacked downwards by itself."""
    low, high = 0, chart.cap or 0
    for place in range(len(chart.columns)):
        values = [series.values[place] or 0 for series in chart.series]
        low = min(low, sum(value for value in values if value < 0))
        high = max(high, sum(value for value in values if value > 0))
    return low, high


def axis_of(chart: Columns) -> Axis:
    return Axis.of(*_extent(chart), chart.unit.least)


def stack(values: list[int]) -> Iterator[tuple[int, int, int]]:
    """Place, lower and upper end of each value that is something: upwards from 0, downwards from 0."""
    up = down = 0
    for place, value in enumerate(values):
        if value > 0:
            yield place, up, up + value
            up += value
        elif value < 0:
            yield place, down + value, down
            down += value


def across(place: int, count: int) -> tuple[float, float]:
    """Left edge and width of a bar in per cent."""
    room = 100 / count
    width = min(room * _SHARE / 100, _WIDEST)
    return place * room + (room - width) / 2, width


def picture(chart: Columns) -> Picture:
    axis = axis_of(chart)
    scale = chart.unit.scale(max(axis.top, -axis.bottom))
    ticks = [Tick(number(axis.y(value)), chart.unit.short(value, scale), value == 0) for value in axis.ticks()]
    columns = [_column(chart, axis, place) for place in range(len(chart.columns))]
    lines = max(len(column.lines) for column in columns)
    return Picture(
        name=chart.name,
        title=chart.title,
        says="、".join(f"{column.long} {column.total_text}" for column in columns),
        unit=str(scale.words),
        height=number(ABOVE + HEIGHT + LINE * lines + 6),
        gutter=max(len(tick.text) for tick in ticks),
        ticks=ticks,
        columns=columns,
        series=[(place, series.name) for place, series in enumerate(chart.series, 1)],
        is_stacked=len(chart.series) > 1,
        cap_y=number(axis.y(chart.cap)) if chart.cap is not None else "",
        cap_text=f"{chart.cap_label} {chart.unit.text(chart.cap)}".strip() if chart.cap is not None else "",
    )


def _column(chart: Columns, axis: Axis, place: int) -> Drawn:
    shown = chart.columns[place]
    long = shown.long or shown.label
    left, width = across(place, len(chart.columns))
    values = [series.values[place] or 0 for series in chart.series]
    pieces = list(stack(values))
    parts = [
        Part(
            series=of + 1,
            y=number(axis.y(upper)),
            height=number(axis.y(lower) - axis.y(upper)),
            tip=f"{long} {chart.series[of].name} {chart.unit.text(values[of])}",
        )
        for of, lower, upper in pieces
    ]
    total = chart.total(place)
    scale = chart.unit.scale(max(axis.top, -axis.bottom))
    below = ABOVE + HEIGHT
    return Drawn(
        x=per_cent(left),
        width=per_cent(width),
        middle=per_cent(left + width / 2),
        parts=parts,
        total="" if total is None else _rounded(chart, total, scale.divisor),
        total_y=number(axis.y(max((upper for _of, _lower, upper in pieces), default=0)) - _APART),
        lines=[(number(below + LINE * line), text) for line, text in enumerate(shown.label.split("\n"), 1)],
        long=long,
        cells=[(series.name, _cell(chart, series, place)) for series in chart.series],
        total_text="—" if total is None else chart.unit.text(total),
    )


def _cell(chart: Columns, series: Series, place: int) -> str:
    value = series.values[place]
    return "—" if value is None else chart.unit.text(value)


def _rounded(chart: Columns, value: int, divisor: int) -> str:
    """Above a bar there is room for three digits and a point: exact numbers are in the table."""
    whole = Decimal(value) / divisor
    return f"{whole.quantize(Decimal('0.1') if abs(whole) < 100 else Decimal(1)).normalize():,f}"


@dataclass(frozen=True)
class Row:
    label: str
    url: str
    width: str
    cap_x: str
    words: str
    note: str
    tone: str
    is_over: bool


def rows(chart: Bars) -> list[Row]:
    """Each bar's share of the full one, in per cent; no bar is longer than the full one."""
    full = chart.scale or max((max(row.value, row.cap or 0) for row in chart.rows), default=0) or 1
    return [
        Row(
            label=row.label,
            url=row.url,
            width=per_cent(min(row.value / full, 1) * 100),
            cap_x=per_cent(min(row.cap / full, 1) * 100) if row.cap is not None else "",
            words=chart.words(row),
            note=row.note,
            tone="bad" if row.is_over else row.tone,
            is_over=row.is_over,
        )
        for row in chart.rows
    ]
