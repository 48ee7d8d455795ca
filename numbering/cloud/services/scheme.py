"""The switch to 新方式: what stays and what ends, what it costs, and the switch itself, on sets (spec 7.3).

All numbers become shared numbers, IDs become IDs only: their login names change to their codes, their passwords stay.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F

from billing.quotes import INCLUDED_IDS
from billing.services import CloudPrices
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Ringing, Scheme, SchemeResult, Stage, Use
from numbering.cloud.services import charges, devices, holdings, releasing
from selfcare.orders.models import Order


@dataclass
class Plan:
    """A contract and what of it stays or ends at the switch; read from the rows as they are now.

    What the order does not name stays: whatever came to the contract after the order was placed.
    """

    cloud: CloudContract
    held: holdings.Holdings
    end_numbers: frozenset[int] = frozenset()
    end_ids: frozenset[int] = frozenset()
    #: Numbers (by id) and the IDs (by id) at which they ring.
    ringing: dict[int, set[int]] = field(default_factory=dict)

    @property
    def kept_numbers(self) -> list[CloudNumber]:
        return [row for row in self.held.numbers if row.pk not in self.end_numbers]

    @property
    def ending_numbers(self) -> list[CloudNumber]:
        return [row for row in self.held.numbers if row.pk in self.end_numbers]

    @property
    def kept_ids(self) -> list[CloudId]:
        return [row for row in self.held.ids if row.pk not in self.end_ids]

    @property
    def ending_ids(self) -> list[CloudId]:
        return [row for row in self.held.ids if row.pk in self.end_ids]

    @property
    def included(self) -> list[CloudId]:
        """Kept IDs that move into the places of the basic fee which ended ones leave; smartphones' first."""
        free = INCLUDED_IDS - sum(row.is_included for row in self.kept_ids)
        others = [row for row in self.kept_ids if not row.is_included]
        return sorted(others, key=lambda row: (row.has_desk_phone, row.pk))[: max(0, free)]

    @property
    def silent(self) -> list[CloudNumber]:
        """Kept numbers that rang at ended IDs only: they ring at the first kept ID from the switch on."""
        kept = {row.pk for row in self.kept_ids}
        if not kept:
            return []
        rang = (row for row in self.kept_numbers if self.ringing.get(row.pk))
        return [row for row in rang if not self.ringing[row.pk] & kept]

    def after(self) -> holdings.Holdings:
        """What the contract has after the switch, for its price."""
        promoted = {row.pk for row in self.included}
        after = self.held.copy()
        after.cloud.scheme = Scheme.SHARED
        after.numbers = [row for row in after.numbers if row.pk not in self.end_numbers]
        after.ids = [row for row in after.ids if row.pk not in self.end_ids]
        after.equipment = [
            row for row in after.equipment if row.on_id_id not in self.end_ids or row.kind not in releasing.LENT
        ]
        for row in after.ids:
            row.is_included = row.is_included or row.pk in promoted
        return after


def plans(ends: Mapping[CloudContract, tuple[Iterable[int], Iterable[int]]]) -> list[Plan]:
    """The plans of these contracts, each with the ids of the numbers and of the IDs that end; five queries for all."""
    held = holdings.read(ends)
    ringing: dict[int, set[int]] = {}
    live = Ringing.objects.filter(number__cloud__in=list(held), number__ended_on=None, cloud_id__ended_on=None)
    for number_id, id_id in live.values_list("number_id", "cloud_id_id"):
        ringing.setdefault(number_id, set()).add(id_id)
    found = []
    for cloud, (numbers, ids) in ends.items():
        mine = held[cloud.pk]
        rings = {row.pk: ringing.get(row.pk, set()) for row in mine.numbers}
        found.append(Plan(mine.cloud, mine, frozenset(numbers), frozenset(ids), rings))
    return found


@dataclass(frozen=True)
class Cost:
    """One item of the tariff before and after the switch: how many, and yen a month without tax for all of them."""

    words: str
    count_before: int
    before: int
    count_after: int
    after: int


@dataclass(frozen=True)
class Costs:
    lines: list[Cost]
    before: int
    after: int
    before_with_tax: int
    after_with_tax: int


def costs(plan: Plan, prices: CloudPrices) -> Costs:
    """Every item that the contract has before or after the switch. Raises NoTariff."""
    before, after = plan.held.quote(prices), plan.after().quote(prices)
    old, new = ({str(line.words): line for line in quote.lines} for quote in (before, after))
    lines = []
    for words in dict.fromkeys([*old, *new]):
        was, will = old.get(words), new.get(words)
        lines.append(
            Cost(
                words,
                was.count if was else 0,
                was.monthly if was else 0,
                will.count if will else 0,
                will.monthly if will else 0,
            )
        )
    shown = [line for line in lines if line.before or line.after]
    return Costs(shown, before.monthly, after.monthly, before.monthly_with_tax, after.monthly_with_tax)


def wrong(plan: Plan) -> str:
    """The code of what makes a plan impossible ("representative", "voice", "ids"); empty for a good one."""
    kept = plan.kept_numbers
    if plan.cloud.representative_id in plan.end_numbers:
        return "representative"
    if not any(row.use == Use.VOICE for row in kept):
        return "voice"
    return "" if plan.kept_ids else "ids"


def locked(contract_ids: Iterable[int]) -> dict[int, CloudContract]:
    """The contracts, locked in the order of their ids, so that two switches never wait for each other."""
    rows = CloudContract.objects.select_for_update(of=("self",)).select_related("contract")
    return {cloud.pk: cloud for cloud in rows.filter(pk__in=list(contract_ids)).order_by("pk")}


def switch(*, orders: Mapping[Order, Plan], on: date, now: datetime) -> None:
    """Switch contracts (locked) that were all booked for that day, in the caller's transaction: all of it, or nothing.

    The result list is written with what it tells.
    """
    chosen = list(orders.values())
    SchemeResult.objects.bulk_create(row for order, plan in orders.items() for row in _results(order, plan, on))
    _keep_ringing(chosen)
    _keep_calling(chosen)
    releasing.end_numbers(numbers=[row for plan in chosen for row in plan.ending_numbers], on=on)
    releasing.end_ids(ids=[row for plan in chosen for row in plan.ending_ids], on=on, now=now)
    kept = [row.pk for plan in chosen for row in plan.kept_ids]
    CloudNumber.objects.filter(cloud__in=[plan.cloud for plan in chosen]).update(own_of=None)
    # The password is another column: whoever knew it logs in with it again.
    CloudId.objects.filter(pk__in=kept).update(login_name=F("code"))
    CloudId.objects.filter(pk__in=[row.pk for plan in chosen for row in plan.included]).update(is_included=True)
    devices.log_out_all(cloud_ids=kept, now=now)
    clouds = [plan.cloud for plan in chosen]
    CloudContract.objects.filter(pk__in=[cloud.pk for cloud in clouds]).update(scheme=Scheme.SHARED, switched_on=on)
    for cloud in clouds:
        cloud.scheme, cloud.switched_on = Scheme.SHARED, on
    charges.follow(clouds=[cloud for cloud in clouds if cloud.stage == Stage.ACTIVE], on=on)


def _results(order: Order, plan: Plan, on: date) -> list[SchemeResult]:
    about = {"order": order, "cloud": plan.cloud, "customer_id": plan.cloud.customer_id, "switched_on": on}
    kept = {row.pk for row in plan.kept_ids}
    numbers = [SchemeResult(number=row, is_kept=row.pk not in plan.end_numbers, **about) for row in plan.held.numbers]
    ids = [
        SchemeResult(
            on_id=row,
            is_kept=row.pk in kept,
            old_login_name=row.login_name,
            new_login_name=row.code if row.pk in kept else "",
            **about,
        )
        for row in plan.held.ids
    ]
    return numbers + ids


def _keep_ringing(chosen: Sequence[Plan]) -> None:
    """No kept number falls silent because the only ID at which it rang has ended."""
    Ringing.objects.bulk_create(
        (Ringing(number=row, cloud_id=plan.kept_ids[0]) for plan in chosen for row in plan.silent),
        ignore_conflicts=True,
    )


def _keep_calling(chosen: Sequence[Plan]) -> None:
    """An ID whose outgoing number ends shows the representative one."""
    for plan in chosen:
        touched = [row.pk for row in plan.kept_ids if row.outgoing_id in plan.end_numbers]
        if touched:
            CloudId.objects.filter(pk__in=touched).update(outgoing=plan.cloud.representative_id)


def results(order: Order) -> list[SchemeResult]:
    """The result list: numbers first, then IDs; none before the switch."""
    rows = SchemeResult.objects.filter(order=order).select_related("number", "on_id").order_by("pk")
    return sorted(rows, key=lambda row: (row.number_id is None, row.pk))
