"""The picture on an invoice: what the last months were, as bars of a fixed drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from selfcare import money

#: The drawing's own units; the page gives it its size.
WIDTH, HEIGHT = 210, 96
_BASE, _TOP = 82, 12
_WORDS = 91


@dataclass(frozen=True)
class Bar:
    x: int
    middle: int
    y: int
    height: int
    figure: str
    figure_y: int
    label: str
    is_current: bool


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    #: What it shows, for who cannot see it.
    words: str
    bar_width: int
    width: int = WIDTH
    height: int = HEIGHT
    base: int = _BASE
    words_y: int = _WORDS


def draw(months: Sequence[tuple[date, int]], *, slots: int) -> Chart:
    """Bars of (billed month, yen), oldest first, the newest in its own colour, on the right of `slots` places.

    A month in which money was paid back has no bar, only its figure.
    """
    place = WIDTH // slots
    bar_width = place * 5 // 8
    highest = max([amount for _month, amount in months] + [1])
    bars = []
    for number, (month, amount) in enumerate(months, start=slots - len(months)):
        height = (_BASE - _TOP) * max(amount, 0) // highest
        left = number * place + (place - bar_width) // 2
        bars.append(
            Bar(
                x=left,
                middle=number * place + place // 2,
                y=_BASE - height,
                height=height,
                figure=f"{amount:,}",
                figure_y=_BASE - height - 3,
                label=_("%(month)d月") % {"month": month.month},
                is_current=number == slots - 1,
            )
        )
    separator = _("、")
    words = separator.join(
        _("%(year)d年%(month)d月分 %(amount)s")
        % {"year": month.year, "month": month.month, "amount": money.yen(amount)}
        for month, amount in months
    )
    return Chart(bars, words, bar_width)
