"""Two customers with one row of everything: what one of them has must never reach the other.

All rows of the other customer have ids from FAR on, so that none of them is by chance an id of ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import connection, connections, models

from billing.models import Tariff
from lines.models import Line
from numbering import items
from numbering.services import sip_password_files
from selfcare import clock as time_of_day
from selfcare.accounts.models import Contract, Customer, Invitation, NotificationAddress, User
from selfcare.inquiries import keys
from selfcare.inquiries.models import Category, Inquiry
from selfcare.inquiries.services import sending
from selfcare.inquiries.subjects import Subject
from selfcare.orders import procedures
from selfcare.orders.models import Batch, Order
from selfcare.orders.services import batches
from selfcare.orders.states import State
from selfcare.shell.models import Notice
from tests import builders
from tests.billing import cloud as cloud_prices
from tests.clock import Clock
from tests.hostile import billing_world, cloud_world, dial_in_world, lines_world
from tests.numbering import help as numbers
from tests.numbering import passwords
from tests.people import log_in
from tests.scale import FULL

FAR = 900_000


@dataclass(frozen=True)
class Holdings:
    """One customer's rows. `words` are texts that stand nowhere else, `ids` the values of path parameters."""

    user: User
    contract: Contract
    line: Line
    booked: Order
    issued: Order
    draft: Order
    batch: Batch
    batch_draft: Batch
    words: list[str]
    ids: dict[str, list[Any]]

    @property
    def customer(self) -> Customer:
        return self.contract.customer


def tariff() -> None:
    for item in (items.MONTHLY_050, items.DIAL_IN_050, items.DIAL_IN_0ABJ):
        Tariff.objects.get_or_create(plan="basic", item=item, defaults={"amount": 300, "valid_from": date(2026, 1, 1)})
    cloud_prices.make_prices()


def holdings(user: User, clock: Clock, *, mark: str, first: int) -> Holdings:
    """Fill the customer of `user`: `mark` is in every name, numbers start at 0`first`."""
    contract = user.customer.contracts.get()  # type: ignore[union-attr]
    lines_world.all_functions(contract)
    Customer.objects.filter(pk=contract.customer_id).update(
        name=f"{mark}通信株式会社", address=f"東京都{mark}区1-2-3", building=f"{mark}ビル"
    )
    User.objects.filter(pk=user.pk).update(name=f"{mark}太郎", email=f"user@{first}.example")
    Contract.objects.filter(pk=contract.pk).update(name=f"{mark}支店", mail=f"contract@{first}.example")
    NotificationAddress.objects.create(customer=contract.customer, email=f"told@{first}.example")
    now = time_of_day.real_now()
    Invitation.objects.create(
        customer=contract.customer, email=f"invited@{first}.example", role=user.role, token_digest=f"{first:064}",
        invited_by=user, created_at=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    for row in (user, contract):
        row.refresh_from_db()
    clock.set("2026-11-20 21:00")  # after the hours: suspensions are booked for tomorrow
    line = builders.line(
        contract=contract, number=f"0{first + 2_000_000_000}", sim_serial=f"DN{first}", name=f"{mark}車両"
    )
    booked = numbers.take(numbers.draft("lines.suspend", line, {}, actor=user), actor=user)
    other = builders.line(contract=contract, number=f"0{first + 2_000_000_001}", sim_serial=f"DN{first + 1}")
    draft = numbers.draft("lines.suspend", other, {}, actor=user)
    numbers.stock(4, first=first)
    issued = numbers.add(contract, 2, actor=user)
    assert (booked.state, issued.state) == (State.ACKNOWLEDGED, State.COMPLETED)
    mobile = lines_world.everything(contract, user, booked, first)
    voice = dial_in_world.everything(contract, user, mark, first)
    billed = billing_world.everything(contract, user, mark, first)
    cloud = cloud_world.everything(contract, mark)
    asked = inquiry(user, f"{mark}の回線が切れます")
    log_in(user)
    batch, batch_draft = changes(user, contract), changes(user, contract)
    batches.place(batch_id=batch.pk, shown=_shown(batch), session_digest="", actor=user)
    batch.refresh_from_db()
    words = [
        mark, user.selfcare_id, user.email, contract.number, contract.mail, f"told@{first}.example", line.sim_serial,
        f"invited@{first}.example",
        other.sim_serial, str(first)[:6], f"{first}"[:2] + "-" + f"{first}"[2:6], str(line), str(line.number),
        booked.request_id, issued.request_id, draft.request_id,
        *mobile, *voice, *billed, *cloud, asked.ticket, batch.request_id, batch_draft.request_id, batch.source,
        *_numbers_of(batch), *_numbers_of(batch_draft),
    ]  # fmt: skip
    ids = _ids(contract.customer, words)
    ids["int"].append(int(f"{billing_world.month_of(first):%Y%m}"))
    ids["str"] += [*billing_world.names(contract, first), asked.ticket]
    return Holdings(user, contract, line, booked, issued, draft, batch, batch_draft, words, ids)


def inquiry(user: User, text: str) -> Inquiry:
    """One that waits for its answer."""
    wish = sending.Wish(key=keys.fresh(), category=Category.OTHER, text=text, subject=Subject())
    return sending.send(wish=wish, actor=user)


def changes(user: User, contract: Contract) -> Batch:
    """A draft of two password changes, as the upload of their file leaves it."""
    held = [passwords.number_of(contract, "standard") for _n in range(2)]
    content = "\n".join(f"{one.digits},{passwords.OLD},Neu1pass" for one in held).encode()
    now = time_of_day.now()
    checked = sip_password_files.check(content=content, when=sip_password_files.When(), now=now, actor=user)
    procedure = procedures.get(sip_password_files.CODE)
    source = f"{user.selfcare_id}-{held[0].digits}.csv"
    return batches.draft(procedure=procedure, wishes=checked.wishes, source=source, now=now, actor=user)


def _shown(batch: Batch) -> str:
    return batches.seal_shown(batch, batches.offers_of(batches.orders_of(batch), now=time_of_day.now()))


def _numbers_of(batch: Batch) -> list[str]:
    """As digits and as they are shown."""
    subjects = [procedures.subject_of(order) for order in batch.orders.all()]
    return [word for one in subjects for word in (one.digits, str(one))]


def _ids(customer: Customer, words: list[str]) -> dict[str, list[Any]]:
    kept = _one_of_each(rows_of(customer))
    numbers = sorted({row.pk for row in (rows_of(customer) if FULL else kept) if isinstance(row.pk, int)})
    return {
        "int": numbers,
        "uuid": sorted({row.uuid for row in kept if hasattr(row, "uuid")}),
        "str": [
            words[1],
            words[-1],
            *dial_in_world.names(customer.pk),
            *(row.pk for row in kept if isinstance(row.pk, str)),
        ],
        # A login, and the number of a contract; what a cloud phone has.
        "slug": [words[1], words[3], *cloud_world.names(customer.pk)],
        "path": numbers[:1],
        "regex": ["accounts"],
    }


#: What tells rows of one table apart that may be answered differently.
_KINDS = ("procedure", "state", "status", "kind", "role", "use")


def _one_of_each(rows: list[Any]) -> list[Any]:
    """One row of each table, kind and state: the others are answered alike."""
    kept: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        batch = bool(getattr(row, "batch_id", None))
        kept.setdefault((type(row), batch, *(getattr(row, name, "") for name in _KINDS)), row)
    return list(kept.values())


def _tables() -> Iterator[tuple[type[models.Model], str]]:
    """Every table that says whose its rows are, with the lookup that says it."""
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        names = {field.name for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)}
        if "customer" in names:
            yield model, "customer"
        elif "user" in names:
            yield model, "user__customer"


def rows_of(customer: Customer) -> list[Any]:
    """Every row of a customer and its users, itself first."""
    rows: list[Any] = [customer]
    for model, lookup in _tables():
        rows += model._base_manager.filter(**{lookup: customer}).order_by("pk")
    return rows


class Fingerprint:
    """`now()` differs as soon as one of the customer's rows has changed: one statement over all its tables."""

    def __init__(self, customer: Customer) -> None:
        parts = []
        tables: list[tuple[type[models.Model], str]] = [(Customer, "pk"), *_tables()]
        for model, lookup in tables:
            table = connection.ops.quote_name(model._meta.db_table)
            names = [str(field.column) for field in model._meta.pk_fields]
            own = str(model._base_manager.filter(**{lookup: customer.pk}).values(*names).query)
            key = ", ".join(f"t.{connection.ops.quote_name(name)}" for name in names)
            parts.append(f"SELECT t::text AS row FROM {table} t WHERE ({key}) IN ({own})")
        query = f"SELECT md5(string_agg(row, '|' ORDER BY row)), count(*) FROM ({' UNION ALL '.join(parts)}) rows"
        # To plan it takes longer than to carry it out.
        self._name = f"fingerprint_{uuid4().hex}"
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE {self._name} AS {query}")

    def now(self) -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXECUTE {self._name}")
            return tuple(cursor.fetchone())


def notice(mark: str) -> Notice:
    return Notice.objects.create(title=mark, body=mark, shown_from="2026-01-01T00:00:00Z")


@contextmanager
def far_ids() -> Iterator[None]:
    """While it lasts new rows of every table get ids from FAR on; afterwards the numbering goes on as before."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT schemaname || '.' || sequencename, coalesce(last_value, 0)"
            " FROM pg_sequences WHERE schemaname = 'public'"
        )
        before = cursor.fetchall()
        for name, _last in before:
            cursor.execute("SELECT setval(%s, %s)", [name, FAR])
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            for name, last in before:
                cursor.execute("SELECT setval(%s, greatest(%s, 1), %s > 0)", [name, last, last])
