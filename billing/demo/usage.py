"""The demo's calls, messages and data: what its customers' telephones did in the months that are billed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from billing.kinds import CallKind
from billing.models import CallRecord, RecordFile, RecurringCharge
from billing.records import partitions
from billing.records.bringing import load_rows
from selfcare import calendar
from selfcare.runtime.demo import Scene

_K = CallKind
#: Whom they call: digits, the carrier's name for the place, what the call is. Nobody has these numbers.
_MOBILE = [
    ("0300009001", "東京", _K.OTHER),
    ("0600009002", "大阪", _K.OTHER),
    ("09000009004", "携帯電話", _K.OTHER),
    ("08000009005", "携帯電話", _K.XI),
    ("07000009006", "携帯電話", _K.XI),
    ("07000009008", "髙﨑様", _K.XI),
    ("117", "時報", _K.XI),
    ("0570000007", "ナビダイヤル", _K.SERVICE),
    ("188", "消費者ホットライン", _K.SERVICE),
]
_FIXED = [
    ("0300009001", "東京", _K.OTHER),
    ("0520009003", "名古屋", _K.OTHER),
    ("09000009004", "携帯電話", _K.OTHER),
    ("0570000007", "ナビダイヤル", _K.SERVICE),
]
_ABROAD = [("01015550100", "アメリカ合衆国"), ("010820000009", "大韓民国")]
_SMS = ("09000009004", "SMS")
_GB = 1_000_000_000


def make(scene: Scene) -> None:
    """Calls of every month that may still be read, up to yesterday; data of the months that a report looks at."""
    today = calendar.today(scene.now)
    month, yesterday = calendar.add_months(partitions.oldest(), -1), today - calendar.ONE_DAY
    while month <= yesterday:
        rows = [_row(call) for call in calls(month, yesterday)]
        load_rows(kind=RecordFile.Kind.CALLS, rows=rows, name=f"calls-{month:%Y%m}.csv")
        month = calendar.add_months(month, 1)
    # The total of the month before the last is shown until the 3rd; what is newer than two days has not come yet.
    first = calendar.add_months(today.replace(day=1), -2)
    used = data(first, today - 2 * calendar.ONE_DAY)
    load_rows(kind=RecordFile.Kind.USAGE, rows=used, name=f"data-{today:%Y%m%d}.csv")


@dataclass(frozen=True)
class Held:
    """A number with its plan or item, and the days of one month on which it is held."""

    number: str
    item: str
    first: date
    last: date


@dataclass(frozen=True)
class Call:
    number: str
    at: datetime
    other: str
    place: str
    seconds: int
    kind: CallKind
    incoming: bool = False


def held(month: date, until: date, beginnings: tuple[str, ...]) -> list[Held]:
    """What was held in this month, up to `until`, of items whose codes begin so."""
    last = min(calendar.end_of_month(month), until)
    rows = RecurringCharge.objects.filter(started_on__lte=last).exclude(ended_on__lt=month)
    return [
        Held(row.subject, row.item, max(row.started_on, month), min(row.ended_on or last, last))
        for row in rows.order_by("subject", "item")
        if row.item.startswith(beginnings)
    ]


def calls(month: date, until: date) -> Iterator[Call]:
    """Calls and messages of one month; the same each time."""
    for one in held(month, until, ("lines.plan.", "numbering.050.", "numbering.dial_in.0")):
        random = Random(f"{one.number}{month}")  # noqa: S311 - repeatable, and no secret
        if one.item.startswith("lines.plan.voice"):
            yield from _mobile(random, one)
        elif one.item.startswith("lines.plan.sms"):
            yield from (_call(random, one, *_SMS, _K.SMS, 0) for _ in range(random.randrange(1, 5)))
        elif one.item.startswith("numbering."):
            yield from (_ring(random, one, _FIXED) for _ in range(random.randrange(4)))


def _row(call: Call) -> tuple[object, ...]:
    """As the carrier's file has it."""
    direction = CallRecord.Direction.IN if call.incoming else CallRecord.Direction.OUT
    at = f"{call.at:%Y-%m-%d %H:%M:%S}"
    return (call.number, at, call.other, call.place, call.seconds, call.kind.value, direction.label)


def _mobile(random: Random, one: Held) -> Iterator[Call]:
    yield from (_ring(random, one, _MOBILE) for _ in range(random.randrange(5, 16)))
    yield from (_call(random, one, *_SMS, _K.SMS, 0) for _ in range(random.randrange(6)))
    if random.random() < 0.2:
        yield _call(random, one, *random.choice(_ABROAD), _K.INTERNATIONAL, random.randrange(40, 900))
    if random.random() < 0.08:
        # A week abroad: calls in both directions.
        yield _call(random, one, "0300009001", "東京", _K.ROAMING_OUT, random.randrange(30, 400))
        yield _call(random, one, "0300009001", "東京", _K.ROAMING_IN, random.randrange(30, 400), incoming=True)


def _ring(random: Random, one: Held, whom: list[tuple[str, str, CallKind]]) -> Call:
    other, place, kind = random.choice(whom)
    # Most calls are short, some are not.
    seconds = random.randrange(8, 240) if random.random() < 0.8 else random.randrange(240, 2_400)
    return _call(random, one, other, place, kind, seconds)


def _call(
    random: Random, one: Held, other: str, place: str, kind: CallKind, seconds: int, *, incoming: bool = False
) -> Call:
    day = one.first + timedelta(days=random.randrange((one.last - one.first).days + 1))
    at = time(random.randrange(8, 20), random.randrange(60), random.randrange(60))
    moment = datetime.combine(day, at, tzinfo=calendar.TOKYO)
    return Call(one.number, moment, other, place, seconds, kind, incoming)


def data(first: date, last: date) -> Iterator[tuple[date, str, int]]:
    """Day, number and bytes for every line with data from one day to another."""
    month = first.replace(day=1)
    while month <= last:
        for one in held(month, last, ("lines.plan.",)):
            random = Random(f"{one.number}{month}data")  # noqa: S311 - repeatable, and no secret
            a_day = _cap(one.item) / 30 * random.uniform(0.3, 1.25)
            for day in range((one.last - one.first).days + 1):
                used_on = one.first + timedelta(days=day)
                if used_on >= first:
                    yield used_on, one.number, int(a_day * random.uniform(0.2, 1.8))
        month = calendar.add_months(month, 1)


def _cap(item: str) -> int:
    """Bytes a month by the size in the plan's code; the small plans have none in it."""
    size = item.rsplit("_", 1)[-1].removesuffix("gb")
    return int(size) * _GB if size.isdigit() else _GB // 2
