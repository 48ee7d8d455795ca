"""What is offered to which line, and what it costs: read once per operation, for one order or for thousands."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from billing.services import price_list
from lines import items
from lines.models import CustomerCatalogue, Line, LineService, Plan
from selfcare import calendar, clock
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order


class Catalogue:
    """Services, plans, sizes and prices of one operation; each is read once."""

    def __init__(self) -> None:
        self._services: dict[str, LineService] | None = None
        self._plans: dict[tuple[str, str], Plan] = {}
        self._sizes: dict[int, list[str]] | None = None
        self._prices: dict[tuple[str, date], Mapping[str, int]] = {}
        self._today: date | None = None

    @property
    def today(self) -> date:
        """The day of the operation, whose tariffs its quotes show."""
        if self._today is None:
            self._today = calendar.today(clock.now())
        return self._today

    def _read(self) -> dict[str, LineService]:
        if self._services is None:
            self._services = {service.code: service for service in LineService.objects.all()}
            by_id = {service.pk: service for service in self._services.values()}
            for plan in Plan.objects.all():
                plan.service = by_id[plan.service_id]
                self._plans[plan.service.code, plan.code] = plan
        return self._services

    def service(self, contract: Contract) -> LineService | None:
        """What the contract's lines are of; None for one that nobody has entered."""
        return self._read().get(contract.service)

    def plan(self, contract: Contract, code: str) -> Plan | None:
        self._read()
        return self._plans.get((contract.service, code))

    def plans(self, contract: Contract) -> list[Plan]:
        self._read()
        return [plan for (service, _code), plan in self._plans.items() if service == contract.service]

    def choices(self, line: Line, contract: Contract) -> list[Plan]:
        """Plans that the line can change to: 上限値設定 within its service plan, サービスプラン変更 to another one."""
        service, current = self.service(contract), self.plan(contract, line.plan)
        if service is None or current is None:
            return []
        return [
            plan
            for plan in self.plans(contract)
            if plan.offered
            and plan.code != current.code
            and plan.sim_kind == current.sim_kind
            and (service.changes_limit if plan.family == current.family else service.changes_plan)
        ]

    def sizes(self, customer_id: int, contract: Contract) -> list[str]:
        """SIM sizes that can be had: the customer's own agreement, else the service's."""
        if self._sizes is None:
            self._sizes = dict(CustomerCatalogue.objects.values_list("customer_id", "sizes"))
        service = self.service(contract)
        return self._sizes.get(customer_id, service.sizes if service else [])

    def fee(self, contract: Contract, item: str, on: date) -> int:
        """Yen a month without tax on that day; what has no tariff costs nothing."""
        key = (contract.plan, on)
        if key not in self._prices:
            self._prices[key] = price_list(plan=contract.plan, on=on)
        return self._prices[key].get(item, 0)


def share(orders: Sequence[Order]) -> Catalogue:
    """One catalogue for all orders of a set, for all hooks of this operation."""
    known = next((order._catalogue for order in orders if hasattr(order, "_catalogue")), None)
    catalogue: Catalogue = known or Catalogue()
    for order in orders:
        order._catalogue = catalogue
    return catalogue


def of(order: Order) -> Catalogue:
    return share([order])


def contract_of(order: Order) -> Contract:
    """An order about a line has its contract; one without is a defect."""
    if order.contract is None:
        raise LookupError(f"{order.uuid} has no contract")
    return order.contract


def dropped(options: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Of held options those that cannot be had with `plan`, with their values."""
    return {
        code: value
        for code, value in options.items()
        if code not in plan.options or (code == "flat_rate" and value not in plan.flat_rates)
    }


def option_fees(catalogue: Catalogue, contract: Contract, options: Mapping[str, Any], on: date) -> int:
    """What these held options cost together a month."""
    return sum(catalogue.fee(contract, items.option(code, value), on) for code, value in options.items())
