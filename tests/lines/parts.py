"""A catalogue for tests, lines in it, and an order placed as the confirm page does."""

from datetime import date
from typing import Any

from billing.models import RecurringCharge, Tariff
from lines import items
from lines.models import Line, LineService, Plan
from lines.options import FLAT_RATES, OPTIONS
from selfcare import clock
from selfcare.accounts.models import Contract, Role
from selfcare.orders import due, procedures
from selfcare.orders.models import Order
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from tests import builders

FUNCTIONS = [
    *("lines.status", "lines.voice_options", "lines.plan", "lines.sim_reissue"),
    *("lines.mnp_in", "lines.mnp_out", "lines.terminate"),
]
TARIFF = "mobile_test"
#: code, family, sim kind, MB, fee
_PLANS = [
    ("voice_1gb", "voice", "voice", 1_000, 1_200),
    ("voice_3gb", "voice", "voice", 3_000, 1_800),
    ("voice_20gb", "voice", "voice", 20_000, 2_900),
    ("voice_lite", "lite", "voice", 500, 800),
    ("data_3gb", "data", "data", 3_000, 900),
    ("data_10gb", "data", "data", 10_000, 1_600),
]
FEES = {code: fee for code, *_rest, fee in _PLANS}
OPTION_FEES = {"lines.option.voicemail": 300, "lines.option.call_waiting": 200, "lines.option.flat_rate.5min": 700}


def service(code: str = "docomo", **fields: Any) -> LineService:
    """A service with six plans: voice_lite offers nothing but voicemail; data plans take MNP-in."""
    carrier = Line.Carrier(fields.pop("carrier", "docomo"))
    sizes = ["standard", "micro", "nano", "multi", "esim"]
    made = LineService.objects.create(
        **{"code": code, "name": code, "carrier": carrier, "timing": "larger_at_once", "sizes": sizes, **fields}
    )
    every = [option.code for option in OPTIONS[carrier]]
    Plan.objects.bulk_create(
        Plan(
            service=made,
            code=plan,
            name=plan.replace("_", " ").upper(),
            family=family,
            sim_kind=kind,
            size=size,
            flat_rates=list(FLAT_RATES) if family == "voice" else [],
            options=every if family == "voice" else ["voicemail"] if family == "lite" else [],
            takes_port_in=kind == "data",
        )
        for plan, family, kind, size, _fee in _PLANS
    )
    if not Tariff.objects.filter(plan=TARIFF).exists():
        prices = {items.plan(code): fee for code, fee in FEES.items()} | OPTION_FEES
        Tariff.objects.bulk_create(
            Tariff(plan=TARIFF, item=item, amount=amount, valid_from=date(2020, 1, 1))
            for item, amount in prices.items()
        )
    return made


def contract(service_code: str = "docomo", **fields: Any) -> Contract:
    defaults = {"kind": Contract.Kind.MOBILE, "service": service_code, "plan": TARIFF, "functions": FUNCTIONS}
    return builders.contract(**{**defaults, **fields})


def line(**fields: Any) -> Line:
    """A voice line in use with voice_3gb, charged for; its contract has all functions."""
    fields["contract"] = fields.get("contract") or contract(fields.get("carrier", "docomo"))
    made = builders.line(**{"plan": "voice_3gb", "opened_on": date(2026, 4, 1), **fields})
    charged = [items.plan(made.plan), *(items.option(code, value) for code, value in made.options.items())]
    RecurringCharge.objects.bulk_create(
        RecurringCharge(
            customer=made.customer,
            contract=made.contract,
            item=item,
            subject=made.number,
            started_on=made.opened_on or date(2026, 4, 1),
        )
        for item in charged
    )
    return made


def place(line: Line, code: str, actor: Any = None, **data: Any) -> Order:
    """Accept an order for this line now, as the confirm page's button does; local work that is due is done."""
    line.refresh_from_db()
    actor = actor or builders.user(customer=line.customer, role=Role.OWNER)
    now = clock.now()
    draft = new_draft(procedure=procedures.get(code), subject=line, contract=line.contract, now=now, actor=actor)
    order = save_draft(order=draft, data=data, now=now, actor=actor)
    shown = seal_shown(order, offer(order, now=now))
    accepted = accept(order_id=order.pk, shown=shown, session_digest="", actor=actor)[0]
    if accepted.due_at and accepted.due_at <= now:
        due.run_now([accepted.pk])
    return fresh(accepted)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)
