"""Where the parts of a picture lie, and what its table says."""

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.utils import translation

from selfcare.shell import chart_geometry
from selfcare.shell.chart_geometry import ABOVE, HEIGHT, Axis, across, axis_of, picture, rows, stack, step_for
from selfcare.shell.charts import BYTES, COUNT, MOST_SERIES, YEN, Bar, Bars, Column, Columns, Series


@pytest.fixture(autouse=True)
def _japanese():
    with translation.override("ja"):
        yield


def columns(*series: list[int | None], unit=YEN, **fields) -> Columns:
    labels = [Column(f"{n}月", f"2027年{n}月") for n in range(1, len(series[0]) + 1)]
    return Columns(
        **{
            "name": "bills",
            "title": "ご請求金額",
            "unit": unit,
            "columns": labels,
            "series": [Series(f"種類{place}", values) for place, values in enumerate(series, 1)],
            "empty": "まだありません。",
            **fields,
        }
    )


def drawn(chart: Columns | Bars) -> str:
    return Template("{% load charts %}{% chart chart %}").render(Context({"chart": chart}))


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [
        (0, 1, 1),
        (0, 5, 1),
        (0, 6, 2),
        (0, 11, 5),
        (0, 149_570, 50_000),
        (-12_000, 149_570, 50_000),
        (-1, 0, 1),
        (-100, 100, 50),
        (0, 10**9, 200_000_000),
        (0, 10**9 + 1, 500_000_000),
        (0, 10**15, 2 * 10**14),
    ],
)
def test_steps_are_one_two_or_five_and_at_most_five_of_them_reach_both_ends(low, high, step):
    assert step_for(low, high) == step
    axis = Axis.of(low, high, 1)
    assert axis.bottom <= low <= high <= axis.top
    assert len(axis.ticks()) <= 6 + 1
    assert 0 in axis.ticks()
    assert str(axis.step).rstrip("0") in {"1", "2", "5"}


def test_every_axis_begins_and_ends_on_a_step_around_its_values():
    for high in (*range(0, 3000, 7), 10**6 - 1, 10**9, 10**9 + 1, 10**12 + 5):
        for low in (0, -1, -high // 3):
            axis = Axis.of(low, high, 1000)
            assert axis.bottom % axis.step == axis.top % axis.step == 0
            assert axis.y(axis.top) == ABOVE
            assert axis.y(axis.bottom) == ABOVE + HEIGHT


def test_pieces_lie_on_each_other_without_gap_and_reach_their_sum():
    values = [82_000, 23_000, 0, 620, 10_562]
    pieces = list(stack(values))
    assert [of for of, _lower, _upper in pieces] == [0, 1, 3, 4]
    assert [upper - lower for _of, lower, upper in pieces] == [82_000, 23_000, 620, 10_562]
    assert [lower for _of, lower, _upper in pieces] == [0, *(upper for _of, _lower, upper in pieces[:-1])]
    assert pieces[-1][2] == sum(values)


def test_what_is_paid_back_lies_below_the_line_and_the_sum_counts_it():
    pieces = list(stack([84_500, -12_000, 12_000, -500]))
    assert pieces == [(0, 0, 84_500), (1, -12_000, 0), (2, 84_500, 96_500), (3, -12_500, -12_000)]
    chart = columns([84_500, 100], [-12_000, 0])
    assert axis_of(chart).bottom < 0
    assert chart.total(0) == 72_500
    first = picture(chart).columns[0]
    zero = axis_of(chart).y(0)
    above, below = first.parts
    assert float(above.y) + float(above.height) == pytest.approx(zero, abs=0.02)
    assert float(below.y) == pytest.approx(zero, abs=0.02)
    assert first.total_text == "72,500円"


def test_heights_of_a_column_add_up_to_its_sum():
    chart = columns([82_000], [23_000], [620], [10_562])
    axis = axis_of(chart)
    heights = sum(Decimal(part.height) for part in picture(chart).columns[0].parts)
    assert float(heights) == pytest.approx(116_182 * HEIGHT / axis.top, abs=0.03)


@pytest.mark.parametrize("count", [1, 2, 6, 7, 12, 31])
def test_bars_stay_in_their_places_and_a_single_one_is_no_wall(count):
    edges = [across(place, count) for place in range(count)]
    assert all(width <= 16 for _left, width in edges)
    assert edges[0][0] >= 0
    assert edges[-1][0] + edges[-1][1] <= 100
    assert all(left + width < after for (left, width), (after, _w) in pairwise(edges))


def test_nothing_at_all_has_an_axis_but_no_bar():
    shown = picture(columns([0, 0], [0, None]))
    assert [column.parts for column in shown.columns] == [[], []]
    assert [tick.text for tick in shown.ticks] == ["0", "200", "400", "600", "800", "1,000"]


def test_what_is_not_known_is_no_nought():
    shown = picture(columns([5, None, 0]))
    assert [column.total for column in shown.columns] == ["5", "", "0"]
    assert [column.total_text for column in shown.columns] == ["5円", "—", "0円"]


def test_a_billion_yen_and_one_yen_are_told_exactly_though_only_one_is_seen():
    shown = picture(columns([10**9, 1]))
    assert shown.unit == "百万円"
    assert [tick.text for tick in shown.ticks] == ["0", "200", "400", "600", "800", "1,000"]
    assert [column.total_text for column in shown.columns] == ["1,000,000,000円", "1円"]
    assert [part.height for column in shown.columns for part in column.parts] == ["160", "0"]


def test_the_cap_is_within_the_picture_even_where_no_bar_reaches_it():
    chart = columns([3 * 10**9, 10**9], unit=BYTES, cap=20 * 10**9, cap_label="上限")
    shown = picture(chart)
    assert ABOVE <= float(shown.cap_y) <= ABOVE + HEIGHT
    assert shown.cap_text == "上限 20 GB"
    assert picture(columns([3], cap=None)).cap_y == ""


def test_units_are_written_as_people_read_them():
    assert [YEN.text(n) for n in (0, -12_000, 10**9)] == ["0円", "-12,000円", "1,000,000,000円"]
    sizes = (0, 999, 1000, 12_345_678, 999_960_000, 20 * 10**9, 2_500_000_000_000)
    assert [BYTES.text(n) for n in sizes] == ["0 B", "999 B", "1 KB", "12.3 MB", "1 GB", "20 GB", "2.5 TB"]
    assert COUNT.text(12_345) == "12,345"


def test_series_without_a_value_for_each_column_and_too_many_series_are_refused():
    with pytest.raises(ValueError, match="one value"):
        Columns("x", "x", YEN, [Column("1")], [Series("a", [1, 2])], empty="")
    too_many: list[list[int | None]] = [[1]] * (MOST_SERIES + 1)
    with pytest.raises(ValueError, match="series"):
        columns(*too_many)
    with pytest.raises(ValueError, match="below 0"):
        Bar("x", -1)


def test_bars_from_left_to_right_share_one_scale_and_say_what_is_over_its_cap():
    chart = Bars(
        name="usage",
        title="データ利用量",
        unit=BYTES,
        rows=[Bar("a", 18 * 10**9, cap=20 * 10**9), Bar("b", 25 * 10**9, cap=20 * 10**9), Bar("c", 0)],
        empty="",
        label_heading="回線",
        value_heading="利用量",
    )
    shown = rows(chart)
    assert [row.width for row in shown] == ["72%", "100%", "0%"]
    assert [row.cap_x for row in shown] == ["80%", "80%", ""]
    assert [row.words for row in shown] == ["18 GB / 20 GB", "25 GB / 20 GB", "0 B"]
    assert [row.is_over for row in shown] == [False, True, False]
    assert drawn(chart).count("上限超過") == 1
    assert [row.width for row in rows(Bars("x", "x", COUNT, [Bar("a", 0)], "", "", ""))] == ["0%"]


def test_a_picture_says_the_same_in_its_table_and_needs_no_style_of_its_own():
    html = drawn(columns([82_000, 84_500], [23_000, -12_000], unit=YEN))
    table = re.sub(r"<[^>]+>", " ", html[html.index("<table") : html.index("</table>")])
    head = ["種類1", "種類2", "合計"]
    first = ["2027年1月", "82,000円", "23,000円", "105,000円"]
    second = ["2027年2月", "84,500円", "-12,000円", "72,500円"]
    assert table.split() == [*head, *first, *second]
    assert "style=" not in html
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) == {"bills-2"} <= set(ids)


def test_words_of_customers_stay_words():
    evil = '<script>alert("1")</script>'
    html = drawn(columns([1], [2], title=evil)) + drawn(Bars("x", evil, COUNT, [Bar(evil, 1)], "", evil, evil))
    assert "<script" not in html


def test_without_anything_known_there_are_words_in_place_of_a_picture():
    assert drawn(columns([None, None])).strip() == '<p class="count">まだありません。</p>'
    assert "なし" in drawn(Bars("x", "x", COUNT, [], "なし", "", ""))


def test_numbers_of_attributes_are_short_and_never_in_powers_of_ten():
    numbers = [chart_geometry.number(n) for n in (0, 0.00001, 12, 12.5, 33.333333)]
    assert numbers == ["0", "0", "12", "12.5", "33.33"]
