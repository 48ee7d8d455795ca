"""What `seed` runs for dial-in numbers: a company with base numbers, and a pool to order from."""

from typing import Any

from django.contrib.auth.hashers import make_password

from numbering.models import Kind
from selfcare.accounts.models import Role, User
from tests.faults.seed import PASSWORD
from tests.numbering.dial_in import parts
from tests.people import log_in


def dial_in_offices(*, count: int, bases: int, numbers: int) -> dict[str, Any]:
    """`count` companies with `bases` base numbers in 03 each; `numbers` of 03 are free."""
    parts.free(numbers, kind=Kind.GEOGRAPHIC, area="03")
    return {"offices": [_office(number, bases) for number in range(count)]}


def _office(number: int, bases: int) -> dict[str, Any]:
    contract = parts.contract(mail=f"dial_in_{number:03}@contract.example")
    voice = parts.voice_contract(parts.group(contract))
    made = [parts.base(voice) for _n in range(bases)]
    user = User.objects.create(
        selfcare_id=f"dial_in_{number:03}",
        customer=contract.customer,
        role=Role.OWNER,
        email=f"dial_in_{number:03}@customer.example",
        password=make_password(PASSWORD),
    )
    return {
        "shopper": {
            "selfcare_id": user.selfcare_id,
            "cookie": log_in(user).cookies["selfcare"].value,
            "contract": contract.pk,
            "lines": [],
        },
        "group": voice.group_id,
        "bases": [base.pk for base in made],
    }
