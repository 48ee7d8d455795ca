"""What a customer has of billing: a closed month with its bill and voice statement, and a token for programs."""

from datetime import date

from billing.services import tokens
from selfcare.accounts.models import Contract, User
from tests.billing.pages import parts

#: A month of its own for each of the two: what is asked for is the other one's.
_MONTHS = {5_055_550_000: date(2026, 9, 1)}
_OTHERS = date(2026, 10, 1)


def everything(contract: Contract, user: User, mark: str, first: int) -> list[str]:
    """One row of each; returns words of them that stand nowhere else."""
    parts.statements(contract)
    month, number = month_of(first), f"0{first + 2_000_000_006}"
    parts.close_voice(month, {contract: [(number, "520.5")]})
    (bill,) = parts.close_bills(month, {contract: [("base", number, 54_321)]})
    token, secret = tokens.make(name=f"{mark}会計", days=30, actor=user)
    return [number, bill.code, token.name, secret]


def month_of(first: int) -> date:
    return _MONTHS.get(first, _OTHERS)


def names(contract: Contract, first: int) -> list[str]:
    """Files of that month, by their names."""
    partner, month = contract.customer.partner_id, month_of(first)
    kinds = (f"{partner}_{kind}_{month:%Y%m}" for kind in ("INVOICE", "INVOICE-VOICE", "CDR"))
    return [*(f"{name}.csv" for name in kinds), f"{partner}_INVOICE_{month:%Y%m}.pdf", f"{partner}_line-d.csv"]
