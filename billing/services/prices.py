"""What things cost on a day, under the plan of a contract."""

from datetime import date
from decimal import Decimal

from django.db.models import Q

from billing.models import Issuer, Tariff, TaxRate
from billing.taxes import TaxClass
from selfcare.accounts.models import Contract


class NoTariff(LookupError):
    """Nobody has entered what the item costs under this plan on that day."""


def monthly_fee(*, contract: Contract, item: str, on: date) -> int:
    """Yen a month without tax, by the contract's plan on that day. Raises NoTariff."""
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    amount = (
        Tariff.objects.filter(in_force, plan=contract.plan, item=item, valid_from__lte=on)
        .values_list("amount", flat=True)
        .first()
    )
    if amount is None:
        raise NoTariff(f"{contract.plan} {item} {on}")
    return amount


def price_list(*, plan: str, on: date) -> dict[str, int]:
    """All items of a plan with their yen a month without tax on that day."""
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    return dict(Tariff.objects.filter(in_force, plan=plan, valid_from__lte=on).values_list("item", "amount"))


def tax_percent(*, on: date) -> Decimal:
    """The standard rate of consumption tax of that day, in per cent. Raises NoTariff."""
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    rates = TaxRate.objects.filter(in_force, tax_class=TaxClass.STANDARD, valid_from__lte=on)
    percent = rates.values_list("percent", flat=True).first()
    if percent is None:
        raise NoTariff(f"{TaxClass.STANDARD} {on}")
    return percent


def issuer_name(*, on: date) -> str:
    """Who bills, as its papers of that day name it; empty while nobody has entered it."""
    names = Issuer.objects.filter(valid_from__lte=on).order_by("-valid_from").values_list("name", flat=True)
    return names.first() or ""
