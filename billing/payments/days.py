"""On which days a contract pays: its payment day in each month, 31 being the last one."""

from datetime import date

from billing.closing import periods
from billing.closing.invoices import payment_on
from billing.models import PaymentDay
from selfcare import calendar
from selfcare.accounts.models import Contract


def terms_of(contract: Contract) -> PaymentDay | None:
    return PaymentDay.objects.filter(contract=contract).first()


def coming_payment_on(contract: Contract, month: date) -> date | None:
    """When the bill of a month is collected, as far as it closes in time; None before the contract is billed."""
    terms = terms_of(contract)
    return None if terms is None else payment_on(month, terms.day, periods.bills_due(month))


def next_payment_day(terms: PaymentDay, today: date) -> date:
    """The next payment day from today on."""
    this = calendar.day_in_month(today.replace(day=1), terms.day)
    if this >= today:
        return this
    return calendar.day_in_month(calendar.add_months(today.replace(day=1), 1), terms.day)
