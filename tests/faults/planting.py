"""What `seed` runs inside a stack's environment: real services on the stack's database."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from billing.models import Tariff
from lines.models import Line
from numbering import items
from numbering.models import Allowance, Assignment
from numbering.services import imports
from selfcare import clock
from selfcare.accounts.models import Contract, Role, User
from selfcare.orders import procedures
from selfcare.orders.due import run_now
from selfcare.orders.models import Order
from selfcare.orders.services import batches, good_rows
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from tests import builders
from tests.faults.seed import FIRST_LINE, FIRST_NUMBER, FUNCTIONS, PASSWORD
from tests.people import log_in

PLAN = "basic"


def shoppers(*, count: int, lines: int, numbers: int, limit: int) -> dict[str, Any]:
    Tariff.objects.get_or_create(
        plan=PLAN, item=items.MONTHLY_050, defaults={"amount": 500, "valid_from": date(2020, 4, 1)}
    )
    if numbers:
        last = FIRST_NUMBER + numbers - 1
        imports.import_numbers(preview=imports.preview_import(content=f"0{FIRST_NUMBER}-0{last}".encode()), actor=None)
    password = make_password(PASSWORD)
    return {"shoppers": [_shopper(number, lines, limit, password) for number in range(count)]}


def _shopper(number: int, lines: int, limit: int, password: str) -> dict[str, Any]:
    name = f"shopper_{number:03}"
    contract = builders.contract(plan=PLAN, functions=FUNCTIONS, mail=f"{name}@contract.example")
    user = User.objects.create(
        selfcare_id=name, customer=contract.customer, role=Role.OWNER, email=f"{name}@customer.example",
        password=password,
    )  # fmt: skip
    Allowance.objects.create(contract=contract, customer=contract.customer, limit=limit)
    made = Line.objects.bulk_create(
        Line(
            customer=contract.customer, contract=contract, number=f"0{FIRST_LINE + number * lines + n}",
            sim_serial=f"DN{number:04}{n:09}", carrier=Line.Carrier.DOCOMO, sim_kind=Line.SimKind.VOICE,
            sim_size=Line.SimSize.NANO, status=Line.Status.ACTIVE,
        )
        for n in range(lines)
    )  # fmt: skip
    return {
        "selfcare_id": name,
        "cookie": log_in(user).cookies["selfcare"].value,
        "contract": contract.pk,
        "lines": [line.pk for line in made],
    }


def orders(*, procedure: str, subjects: Sequence[int], due: str | None, data: dict[str, Any]) -> dict[str, Any]:
    model = procedures.get(procedure).subject
    extra = {**data, **({"due": due} if due else {})}
    rows = model._default_manager.in_bulk(list(subjects))
    return {"orders": [accepted(procedure, rows[pk], extra).pk for pk in subjects]}


def confirmed_batch(*, user: str, count: int) -> dict[str, Any]:
    owner = User.objects.get(selfcare_id=user)
    contract = Contract.objects.filter(customer=owner.customer).order_by("pk")[0]
    procedure, now = procedures.get("tests.count_taken"), clock.now()
    # The counting procedure excludes nothing: one contract may have all of them.
    wishes = [batches.Wish(contract, {"n": n}, {}) for n in range(count)]
    batch = batches.draft(procedure=procedure, wishes=wishes, source="", now=now, actor=owner)
    shown = good_rows.seal_shown(batch, good_rows.preview(batch, now=now))
    good_rows.confirm(batch_id=batch.pk, shown=shown, session_digest="", actor=owner)
    return {"batch": batch.pk, "orders": list(batch.orders.values_list("pk", flat=True))}


def booked_ends(*, user: str, count: int, ends_on: str) -> dict[str, Any]:
    owner = User.objects.get(selfcare_id=user)
    contract = Contract.objects.get(customer=owner.customer)
    operator = User.objects.filter(is_staff=True).first() or builders.operator(selfcare_id="operator_faults")
    digits: list[str] = []
    for some in _portions(count, 50):
        order = accepted("numbering.add", contract, {"count": some}, owner)
        run_now([order.pk])
        order.refresh_from_db()
        digits += order.result["numbers"]
    data = {"ends_on": ends_on, "reference": "書面", "reason": ""}
    held = Assignment.objects.filter(digits__in=digits).select_related("contract").order_by("pk")
    return {"orders": [accepted("numbering.cancel", one, data, operator).pk for one in held]}


def _portions(count: int, most: int) -> list[int]:
    return [min(most, count - start) for start in range(0, count, most)]


def accepted(code: str, subject: Any, data: dict[str, Any], actor: User | None = None) -> Order:
    contract: Contract = subject if isinstance(subject, Contract) else subject.contract
    who = actor or contract.customer.users.get()
    now: datetime = clock.now()
    draft = new_draft(procedure=procedures.get(code), subject=subject, contract=contract, now=now, actor=who)
    draft = save_draft(order=draft, data=data, now=now, actor=who)
    shown = seal_shown(draft, offer(draft, now=clock.now()))
    return accept(order_id=draft.pk, shown=shown, session_digest="", actor=who)[0]
