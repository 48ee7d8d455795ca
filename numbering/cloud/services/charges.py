"""What a cloud phone contract is charged: its monthly charges follow its rows, initial fees are charged once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation

from billing.services import (
    CloudPrices,
    EndingCharge,
    Fee,
    NewCharge,
    PricedLine,
    charge_once,
    cloud_items,
    cloud_prices,
    open_charges,
    replace_charges,
)
from numbering.cloud.models import CloudContract, Scheme, Stage
from numbering.cloud.services import holdings
from selfcare import calendar, clock

#: The day after the closing day: a billed period begins on it.
PERIOD_BEGINS_ON = 26


#: What takes the place of what, on the same thing. A period that has begun is charged as it began, and once.
_IN_PLACE_OF = {cloud_items.DESK_PHONE_FEE: cloud_items.ID_DESK_PHONE, cloud_items.BASIC_PORT: cloud_items.BASIC_NEW}


@dataclass(frozen=True)
class Bought:
    """A thing of a contract whose initial fee is due."""

    cloud: CloudContract
    item: str
    subject: str


def shared_from(cloud: CloudContract) -> date | None:
    """The first day on which shared numbers cost something: that of the first month after the switch.

    A contract that was on the new scheme when its billing began has had no switch to wait for. None: 従来方式.
    """
    if cloud.scheme != Scheme.SHARED or cloud.switched_on is None:
        return None
    if cloud.settled_on is not None and cloud.switched_on <= cloud.settled_on:
        return cloud.settled_on
    return next_period(cloud.switched_on)


def next_period(day: date) -> date:
    """The first day after `day` on which a billed period begins."""
    month = day if day.day < PERIOD_BEGINS_ON else calendar.add_months(day.replace(day=1), 1)
    return month.replace(day=PERIOD_BEGINS_ON)


def wanted(clouds: Iterable[CloudContract]) -> dict[int, set[tuple[str, str]]]:
    """What is to be charged every month, as (item, subject) by contract id: nothing in a trial and after the end."""
    return {
        pk: {
            (thing.item, thing.subject)
            for thing in held.things()
            if not thing.is_free and thing.item in cloud_items.MONTHLY
        }
        if held.cloud.stage == Stage.ACTIVE
        else set()
        for pk, held in holdings.read(clouds).items()
    }


def follow(*, clouds: Iterable[CloudContract], on: date) -> None:
    """Make the open charges equal to the rows from that day on, in the caller's transaction, for however many.

    Call it after the rows were changed; again it does nothing. What ends on the day on which it began costs nothing;
    what is had for some days of a billed period costs its whole month (Tariff.share). What takes the place of
    something else begins with the next period, to which the other one is charged. In a trial there are no charges.
    """
    rows = {cloud.pk: cloud for cloud in clouds}
    goal, current = wanted(rows.values()), open_charges(contracts=rows, items=cloud_items.MONTHLY)
    ending, starting = [], []
    for pk, cloud in rows.items():
        have = current.get(pk, set())
        gone, fresh = have - goal[pk], goal[pk] - have
        replaced = {one: (_IN_PLACE_OF.get(one[0], ""), one[1]) for one in fresh}
        later = {one for new, old in replaced.items() if old in gone for one in (new, old)}
        ending += [
            EndingCharge(*one, (_boundary(on) if one in later else on) - calendar.ONE_DAY) for one in sorted(gone)
        ]
        starting += [
            NewCharge(cloud.customer_id, pk, *one, _boundary(on) if one in later else _begin(cloud, one[0], on))
            for one in sorted(fresh)
        ]
    replace_charges(ending=ending, starting=starting)


def _boundary(on: date) -> date:
    """The first day of a period: this one, or that of the next."""
    return on if on.day == PERIOD_BEGINS_ON else next_period(on)


def _begin(cloud: CloudContract, item: str, on: date) -> date:
    later = shared_from(cloud) if item == cloud_items.NUMBER else None
    return max(on, later) if later else on


def begin(*, causes: Mapping[CloudContract, str], on: date) -> None:
    """本申込: the monthly charges and the initial fees of all that the contracts have begin on that day.

    `causes` are those of the fees ("order:R20261121-000123"); the contracts are active already.
    """
    follow(clouds=causes, on=on)
    bought: dict[str, list[Bought]] = {}
    for held in holdings.read(causes).values():
        bought.setdefault(causes[held.cloud], []).extend(
            Bought(held.cloud, thing.item, thing.subject) for thing in held.things() if thing.is_new
        )
    for cause, things in bought.items():
        charge_initial(bought=things, on=on, cause=cause)


def charge_initial(*, bought: Sequence[Bought], on: date, cause: str, prices: CloudPrices | None = None) -> None:
    """Charge the initial fees of these things once, in the caller's transaction; in a trial nothing: 本申込 does.

    Raises NoTariff where a fee has not been entered.
    """
    known = prices or cloud_prices(on=on)
    with translation.override("ja"):
        charge_once(
            fees=[
                Fee(
                    customer_id=one.cloud.customer_id,
                    contract_id=one.cloud.pk,
                    item=cloud_items.once(one.item),
                    words=str(cloud_items.ONCE_WORDS[cloud_items.once(one.item)]),
                    amount=known.once(one.item),
                    charged_on=on,
                    cause=f"{cause}:{one.subject}",
                    subject=one.subject,
                )
                for one in bought
                if one.item in cloud_items.INITIAL and one.cloud.stage == Stage.ACTIVE
            ]
        )


def monthly(cloud: CloudContract, *, on: date | None = None) -> int:
    """Yen a month without tax by that day's tariffs, also where billing has not begun. Raises NoTariff."""
    return holdings.of(cloud).monthly(cloud_prices(on=_day(on)))


def lines(cloud: CloudContract, *, on: date | None = None) -> tuple[PricedLine, ...]:
    """Everything the contract has with its price. Raises NoTariff."""
    return holdings.of(cloud).quote(cloud_prices(on=_day(on))).lines


def _day(on: date | None) -> date:
    return on or calendar.today(clock.now())
