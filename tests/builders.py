"""Rows for tests, each valid by itself; what a test is about it says in its arguments."""

from datetime import date
from itertools import count
from typing import Any

from lines.models import Line
from selfcare.accounts.models import Contract, Customer, Role, User

_numbers = count(1)


def customer(**fields: Any) -> Customer:
    n = next(_numbers)
    return Customer.objects.create(
        **{
            "partner_id": f"P{n:06}",
            "name": f"架空商事{n}",
            "kana": "カクウショウジ",
            "postal_code": "100-0000",
            "address": "東京都みなも区架空町1-2-3",
            **fields,
        }
    )


def contract(**fields: Any) -> Contract:
    n = next(_numbers)
    fields.setdefault("customer", None)
    fields["customer"] = fields["customer"] or customer()
    return Contract.objects.create(
        **{
            "number": f"C{n:08}",
            "kind": Contract.Kind.IP_PHONE,
            "service": "standard",
            "plan": "basic",
            "functions": ["numbering.add", "numbering.list", "lines.status", "tests.toy"],
            "started_on": date(2026, 4, 1),
            "mail": f"contract{n}@customer.example",
            "contact_name": "お客様センター",
            "contact_phone": "0120000000",
            **fields,
        }
    )


def user(*, password: str = "", **fields: Any) -> User:
    """A customer's user, by default a member; without a password it cannot log in by one (and costs no hashing)."""
    n = next(_numbers)
    if "customer" not in fields and not fields.get("is_staff"):
        fields["customer"] = customer()
    made = User(
        **{
            "selfcare_id": f"user_{n:06}",
            "role": Role.MEMBER,
            "name": "架空 太郎",
            "email": f"user{n}@customer.example",
            **fields,
        }
    )
    made.set_password(password or None)
    made.save()
    return made


def operator(**fields: Any) -> User:
    return user(is_staff=True, customer=None, name="運用 花子", **fields)


def line(**fields: Any) -> Line:
    n = next(_numbers)
    fields.setdefault("contract", None)
    fields["contract"] = fields["contract"] or contract(kind=Contract.Kind.MOBILE)
    return Line.objects.create(
        **{
            "customer": fields["contract"].customer,
            "number": f"070000{n:05}",
            "sim_serial": f"DN{n:013}",
            "carrier": Line.Carrier.DOCOMO,
            "sim_kind": Line.SimKind.VOICE,
            "sim_size": Line.SimSize.NANO,
            "status": Line.Status.ACTIVE,
            **fields,
        }
    )
