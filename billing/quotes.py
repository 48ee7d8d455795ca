"""見積 of クラウド電話: what somebody wants to have, and what it costs on a day, once and every month.

Whoever shows or charges a price of クラウド電話 asks the same tariffs: this quote, the orders' confirm pages, the bill.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing import cloud_items
from billing.services.prices import NoTariff, price_list, tax_percent
from selfcare import money

#: IDs of the contract that the basic fee includes.
INCLUDED_IDS = 2
#: What one quote may count of anything: larger offices are advised by people.
MOST = 100


class Start(models.TextChoices):
    """How somebody comes by the number."""

    NEW = "new", _("新しい番号を取得する")
    PORT = "port", _("いまの番号を持ってくる（番号ポータビリティ）")
    RECEIVE = "receive", _("いまの固定電話はそのまま、着信だけスマートフォンで受ける")


class Fax(models.TextChoices):
    NONE = "", _("使わない")
    OWN = "own", _("FAX専用の番号で使う")
    SHARED = "shared", _("音声の番号で使う")


@dataclass(frozen=True)
class IdWish:
    """An ID, on which one phone logs in: a smartphone, or a fixed IP phone that comes with it."""

    desk_phone: bool = False
    flat_rate: bool = False


@dataclass(frozen=True)
class Basket:
    """What is wanted. The first two IDs are those that the basic fee includes. Raises ValueError for nonsense.

    `after_hours` and `voicemail` are counts of voice numbers that have the option, of 1 + `extra_numbers`;
    `desk_phones` are bought (優先電話機), `adapters` 宅内装置. Adapters are put on IDs with a fixed IP phone first,
    one on each, where they cost nothing a month.
    """

    start: str = Start.NEW
    fax: str = Fax.NONE
    ids: tuple[IdWish, ...] = (IdWish(), IdWish())
    after_hours: int = 0
    voicemail: int = 0
    extra_numbers: int = 0
    desk_phones: int = 0
    adapters: int = 0

    def __post_init__(self) -> None:
        if self.start not in Start.values or self.fax not in Fax.values:
            raise ValueError(f"no such start or fax: {self.start!r} {self.fax!r}")
        if not 1 <= len(self.ids) <= MOST:
            raise ValueError(f"{len(self.ids)} IDs")
        most = dict.fromkeys(("extra_numbers", "desk_phones", "adapters"), MOST)
        for name, limit in {"after_hours": self.voice_numbers, "voicemail": self.voice_numbers, **most}.items():
            count = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= limit:
                raise ValueError(f"{name}: {count!r}")

    @property
    def voice_numbers(self) -> int:
        return 1 + self.extra_numbers

    @property
    def is_ported(self) -> bool:
        return self.start == Start.PORT

    @property
    def is_standard_set(self) -> bool:
        """スタンダードセット: voice and FAX with its own number."""
        return self.fax == Fax.OWN

    @property
    def new_scheme(self) -> bool:
        """留守番電話 exists with shared numbers only, so that such a contract begins with them."""
        return self.voicemail > 0

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "start": str(self.start),
            "fax": str(self.fax),
            "ids": [asdict(one) for one in self.ids],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Basket":
        """Raises ValueError, TypeError or KeyError for what is none."""
        ids = tuple(IdWish(bool(one["desk_phone"]), bool(one["flat_rate"])) for one in stored["ids"])
        return cls(**{**stored, "ids": ids})


@dataclass(frozen=True)
class PricedLine:
    """One row of a quote; `once` and `monthly` are those of all `count` pieces, whole yen without tax."""

    item: str
    words: Any
    count: int
    once: int
    monthly: int

    @property
    def once_each(self) -> int:
        return self.once // self.count

    @property
    def monthly_each(self) -> int:
        return self.monthly // self.count


@dataclass(frozen=True)
class CloudQuote:
    lines: tuple[PricedLine, ...]
    once: int
    monthly: int
    once_with_tax: int
    monthly_with_tax: int
    percent: Decimal
    on: date


@dataclass(frozen=True)
class CloudPrices:
    """The tariffs of クラウド電話 and the tax of one day."""

    amounts: Mapping[str, int]
    percent: Decimal
    on: date

    def monthly(self, item: str) -> int:
        """Yen a month without tax; 0 for what is only bought. Raises NoTariff."""
        return self._amount(item) if item in cloud_items.MONTHLY else 0

    def once(self, item: str) -> int:
        """The initial fee in yen without tax; 0 where there is none. Raises NoTariff."""
        return self._amount(cloud_items.once(item)) if item in cloud_items.INITIAL else 0

    def with_tax(self, amount: int) -> int:
        """Tax is rounded once over a sum, as on a bill."""
        return amount + money.whole_yen(amount * self.percent / 100, money.Round.DOWN)

    def _amount(self, item: str) -> int:
        if item not in self.amounts:
            raise NoTariff(f"{cloud_items.PLAN} {item} {self.on}")
        return self.amounts[item]

    def line(self, item: str, count: int, *, is_new: bool = True, is_free: bool = False, words: Any = "") -> PricedLine:
        """`is_new`: with the initial fee; `is_free`: without the monthly one."""
        return PricedLine(
            item=item,
            words=words or cloud_items.WORDS[item],
            count=count,
            once=count * self.once(item) if count and is_new else 0,
            monthly=count * self.monthly(item) if count and not is_free else 0,
        )

    def quote(self, lines: tuple[PricedLine, ...]) -> CloudQuote:
        once, monthly = sum(line.once for line in lines), sum(line.monthly for line in lines)
        return CloudQuote(
            lines, once, monthly, self.with_tax(once), self.with_tax(monthly), percent=self.percent, on=self.on
        )


def cloud_prices(*, on: date) -> CloudPrices:
    """Read once for however many quotes. Raises NoTariff where nobody has entered the day's tax."""
    return CloudPrices(price_list(plan=cloud_items.PLAN, on=on), tax_percent(on=on), on)


def price(basket: Basket, *, on: date, prices: CloudPrices | None = None) -> CloudQuote:
    """What the basket costs by the tariffs of that day. Raises NoTariff for what nobody has entered."""
    known = prices or cloud_prices(on=on)
    return known.quote(tuple(line for line in _lines(basket, known) if line.count))


def _lines(basket: Basket, prices: CloudPrices) -> Iterator[PricedLine]:
    yield prices.line(cloud_items.basic(is_ported=basket.is_ported), 1)
    if basket.new_scheme:
        yield prices.line(cloud_items.NUMBER, 1, is_new=False, words=_("共有番号（最初の番号）"))
    yield prices.line(cloud_items.NUMBER, basket.extra_numbers)
    yield prices.line(cloud_items.FAX_NUMBER, int(basket.fax == Fax.OWN))
    yield prices.line(cloud_items.FAX, int(basket.fax == Fax.SHARED))
    counts: dict[str, int] = {}
    for place, one in enumerate(basket.ids):
        item = cloud_items.of_id(is_included=place < INCLUDED_IDS, has_desk_phone=one.desk_phone)
        counts[item] = counts.get(item, 0) + 1
    for item in (cloud_items.ID, cloud_items.ID_DESK_PHONE, cloud_items.DESK_PHONE_FEE):
        yield prices.line(item, counts.get(item, 0))
    yield prices.line(cloud_items.FLAT_RATE, sum(one.flat_rate for one in basket.ids))
    yield prices.line(cloud_items.AFTER_HOURS, basket.after_hours)
    yield prices.line(cloud_items.VOICEMAIL, basket.voicemail)
    free = min(basket.adapters, sum(one.desk_phone for one in basket.ids))
    yield prices.line(cloud_items.ADAPTER, free, is_free=True, words=_("宅内装置（固定型IP電話機のIDで利用）"))
    yield prices.line(cloud_items.ADAPTER, basket.adapters - free)
    yield prices.line(cloud_items.DESK_PHONE, basket.desk_phones)
