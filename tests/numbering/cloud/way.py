"""The way of a contract for tests: numbers in the pool, an opened trial, a registered way to pay, 本申込, its end."""

from datetime import date
from itertools import count
from typing import Any

from django.core import mail as sent
from django.db import transaction

from billing.models import PaymentMethod
from billing.services import Basket
from numbering.cloud.models import CloudContract, CloudPortIn
from numbering.cloud.services import opening
from numbering.models import FreeNumber, Number
from numbering.models.numbers import NEVER_USED
from selfcare import clock
from selfcare.accounts.models import Role, User
from selfcare.orders.due import run_now
from selfcare.orders.models import Order
from selfcare.work.models import Mail
from selfcare.work.outbox import deliver_default
from tests.numbering.help import draft, take

_running = count(1)
PORT = opening.PortWish("0312345678", "ntt_analog", "架空電話", "架空商事")


def stock(many: int, *, area: str = "03") -> list[str]:
    """Free numbers: geographic ones of the area, 050 without."""
    rows = Number.objects.bulk_create(
        Number(
            digits=f"{area}{80000000 + next(_running):08}" if area else f"050{80000000 + next(_running):08}",
            kind="0abj" if area else "050",
            area=area,
            created_at=clock.real_now(),
        )
        for _row in range(many)
    )
    FreeNumber.objects.bulk_create(
        FreeNumber(number=row, kind=row.kind, area=row.area, available_on=NEVER_USED) for row in rows
    )
    return [row.digits for row in rows]


def applicant(**fields: Any) -> opening.Applicant:
    defaults = {
        "kind": "corporate",
        "name": "架空デザイン室",
        "kana": "カクウデザインシツ",
        "postal_code": "100-0001",
        "address": "東京都千代田区架空1-2-3",
        "building": "",
        "mail": f"cloud{next(_running)}@customer.example",
        "phone": "0312340000",
        "contact_name": "雲井 花子",
    }
    return opening.Applicant(**{**defaults, **fields})


def opened(basket: Basket | None = None, *, port: opening.PortWish | None = None, **fields: Any) -> CloudContract:
    """A trial, as an accepted application makes it."""
    defaults = {
        "basket": basket or Basket(),
        "applicant": fields.pop("applicant", None) or applicant(),
        "reference": f"A20261120-{next(_running):06}",
        "number": None if port else opening.NumberWish("0abj", "03"),
        "port": port,
        "fax_number": opening.NumberWish("0abj", "03"),
    }
    with transaction.atomic():
        return opening.open_contract(**{**defaults, **fields}, now=clock.now(), actor=None)


def owner(cloud: CloudContract) -> User:
    return User.objects.get(customer=cloud.customer, role=Role.OWNER)


def pay(cloud: CloudContract) -> None:
    """Bank transfer, as the application chose it."""
    PaymentMethod.objects.create(
        contract=cloud.contract,
        customer=cloud.customer,
        kind="transfer",
        state="active",
        from_month=date(2020, 1, 1),
    )


def settlement(cloud: CloudContract) -> Order:
    """The draft of 本申込."""
    return draft("cloud.settle", cloud.contract, {"agrees": True}, actor=owner(cloud))


def settled(cloud: CloudContract) -> Order:
    order = take(settlement(cloud), actor=owner(cloud))
    return carried_out(order)


def ending(cloud: CloudContract, last_day: date, **data: Any) -> Order:
    wish = {"ends_on": last_day.isoformat(), "understands": True, **data}
    return take(draft("cloud.end", cloud.contract, wish, actor=owner(cloud)), actor=owner(cloud))


def porting(cloud: CloudContract, wish: opening.PortWish = PORT) -> Order:
    data = {
        "digits": wish.digits,
        "origin": wish.origin,
        "carrier": wish.carrier,
        "holder": wish.holder,
        "keeps_line": True,
    }
    order = take(draft("cloud.port_in", cloud.contract, data, actor=owner(cloud)), actor=owner(cloud))
    return carried_out(order)


def carried_out(order: Order) -> Order:
    run_now([order.pk])
    order.refresh_from_db()
    return order


def delivered() -> list[str]:
    """The subjects of all mails, sent now as the workers do it."""
    while deliver_default():
        pass
    assert not Mail.objects.exclude(state=Mail.State.SENT).exists()
    return [message.subject.removeprefix("【Selfcare】") for message in sent.outbox]


def port_in(cloud: CloudContract) -> CloudPortIn:
    return CloudPortIn.objects.filter(cloud=cloud).latest("pk")
