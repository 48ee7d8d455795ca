"""A customer with closed months, written row by row: what the files say of them is in golden/."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from billing.kinds import CallKind, CostKind, VoiceKind
from billing.models import Bill, BillLine, CallRecord, ClosingRun, VoiceCharge
from billing.statements.rendering import _going
from billing.taxes import TaxClass
from selfcare import clock
from selfcare.accounts.models import Contract, Role, User
from selfcare.calendar import TOKYO
from tests import builders
from tests.people import log_in, person

GOLDEN = Path(__file__).parent / "golden"
APRIL = date(2027, 4, 1)
PARTNER = "P0001"
FIRST, SECOND, LANDLINE = "07012340001", "09012340002", "0312345678"
STANDARD, EXPORT, OUTSIDE = TaxClass.STANDARD, TaxClass.EXPORT, TaxClass.OUTSIDE


def customer_user(partner_id: str = PARTNER) -> User:
    contract = builders.contract(
        customer=builders.customer(partner_id=partner_id, name="髙﨑商事"), functions=["billing.statements"]
    )
    return person(f"viewer_{partner_id.lower()}", customer=contract.customer, role=Role.VIEWER)


def settle() -> None:
    """Until everything that is being rendered is stored, a moment after its first reader has had it."""
    for rendering in list(_going.values()):
        with suppress(Exception):
            rendering.wait(30)


def client(user: User) -> Client:
    return log_in(user)


def customer_id(user: User) -> int:
    assert user.customer_id is not None
    return user.customer_id


def contract_of(user: User) -> Contract:
    return Contract.objects.get(customer=user.customer)


def run(kind: str, month: date, cycle: str = "") -> ClosingRun:
    made, _new = ClosingRun.objects.get_or_create(kind=kind, month=month, cycle=cycle)
    return made


def close(*runs: ClosingRun) -> None:
    for one in runs:
        ClosingRun.objects.filter(pk=one.pk).update(closed_at=clock.real_now())


def calls(user: User, month: date, rows: list[tuple[Any, ...]]) -> None:
    """Number, start in Tokyo, other number, name, seconds, kind, direction, price, tax class, per cent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_make_partition('calls', %s)", [month])
    contract = contract_of(user)
    CallRecord.objects.bulk_create(
        CallRecord(
            billed_month=month,
            customer_id=customer_id(user),
            contract_id=contract.pk,
            number=number,
            started_at=datetime.fromisoformat(start).replace(tzinfo=TOKYO),
            other_number=other,
            other_name=name,
            seconds=seconds,
            kind=kind,
            direction=direction,
            price=Decimal(price),
            tax_class=tax,
            tax_percent=Decimal(percent),
            file_id=1,
        )
        for number, start, other, name, seconds, kind, direction, price, tax, percent in rows
    )


CALLS = [
    (FIRST, "2027-03-01 00:00:02", "0312345678", "東京", 61, CallKind.OTHER, "out", "60.00", STANDARD, "10"),
    (FIRST, "2027-03-31 23:59:59", "09000000001", "㈱髙﨑～①", 30, CallKind.XI, "out", "20.50", STANDARD, "10"),
    (FIRST, "2027-03-02 09:00:00", "0101", "アメリカ〜西", 0, CallKind.INTERNATIONAL_SMS, "out", "100", EXPORT, "0"),
    (FIRST, "2027-03-02 09:00:01", "117", '時報"117"', 9, CallKind.XI, "out", "10.00", STANDARD, "10"),
    (SECOND, "2027-03-05 12:00:00", "0570000000", "=cmd|' /C calc'!A0", 5, CallKind.SERVICE, "out", 11, STANDARD, "10"),
    (SECOND, "2027-03-06 12:00:00", "08000000003", "吉野家𠮷😀—¥", 0, CallKind.SMS, "out", "3.3", STANDARD, "10"),
    (SECOND, "2027-03-07 12:00:00", "", "ハワイ\r\n+1,2", 120, CallKind.ROAMING_IN, "in", "175", OUTSIDE, "0"),
]  # fmt: skip


def voice(user: User, one: ClosingRun, rows: list[tuple[Any, ...]]) -> None:
    contract = contract_of(user)
    for number, kind, amount, tax, percent in rows:
        VoiceCharge.objects.create(
            run=one,
            customer_id=customer_id(user),
            contract=contract,
            month=one.month,
            number=number,
            kind=kind,
            amount=Decimal(amount),
            tax_class=tax,
            tax_percent=Decimal(percent),
        )


VOICE = [
    (FIRST, VoiceKind.OTHER, "60.00", STANDARD, "10"),
    (FIRST, VoiceKind.XI, "30.50", STANDARD, "10"),
    (FIRST, VoiceKind.INTERNATIONAL, "100.00", EXPORT, "0"),
    (FIRST, VoiceKind.DISCOUNT, "-20.25", STANDARD, "10"),
    (SECOND, VoiceKind.SERVICE, "11.00", STANDARD, "10"),
    (SECOND, VoiceKind.SMS, "3.30", STANDARD, "10"),
    (SECOND, VoiceKind.ROAMING, "175.00", OUTSIDE, "0"),
    (SECOND, VoiceKind.OPTION, "300.00", STANDARD, "10"),
]  # fmt: skip


def bill(user: User, one: ClosingRun, rows: list[tuple[Any, ...]]) -> Bill:
    contract = contract_of(user)
    made = Bill.objects.create(
        run=one,
        customer_id=customer_id(user),
        month=one.month,
        cycle=one.cycle,
        first_day=one.month,
        last_day=one.month.replace(day=28),
        recipient={"partner_id": PARTNER},
    )
    for number, kind, words, amount, tax, percent in rows:
        BillLine.objects.create(
            bill=made,
            customer_id=customer_id(user),
            contract=contract,
            number=number,
            kind=kind,
            words=words,
            amount=amount,
            tax_class=tax,
            tax_percent=Decimal(percent),
        )
    return made


BILL = [
    (SECOND, CostKind.ONCE, "SIM再発行手数料", 2000, STANDARD, "10"),
    (SECOND, CostKind.ONCE, "=SUM(A1)", 1, STANDARD, "10"),
    (SECOND, CostKind.ONCE, "SIM再発行手数料", 2000, STANDARD, "10"),
    ("", CostKind.ONCE, "契約事務手数料", 3000, STANDARD, "10"),
    ("", CostKind.CORRECTION, "3月分の訂正", -500, STANDARD, "10"),
    (FIRST, CostKind.UNIVERSAL, "ユニバーサルサービス料", 2, STANDARD, "10"),
    (FIRST, CostKind.BASE, "基本料", 980, STANDARD, "10"),
    (FIRST, CostKind.BASE, "オプション料", 20, STANDARD, "10"),
    (FIRST, CostKind.VOICE_TAXED, "音声", 70, STANDARD, "10"),
    (FIRST, CostKind.VOICE_UNTAXED, "音声", 100, EXPORT, "0"),
    (LANDLINE, CostKind.RELAY, "電話リレーサービス料", 1, STANDARD, "10"),
]  # fmt: skip


def april(*users: User) -> None:
    """Everything of April 2027, closed."""
    voices, bills = run("voice", APRIL), run("bills", APRIL, "month_end")
    for user in users:
        calls(user, APRIL, CALLS)
        voice(user, voices, VOICE)
        bill(user, bills, BILL)
    close(voices, bills)
