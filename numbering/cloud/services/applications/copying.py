"""Data that need not be typed again: from a contract into an application, from personal to corporate (spec 7.1)."""

import uuid
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.services import Basket, Start
from numbering.cloud.models import ApplicationStage, CloudApplication, CloudContract
from numbering.cloud.services.applications import filling, links
from selfcare.accounts.models import Customer, User
from selfcare.orders.procedures import NotPossible

_OPEN = (
    ApplicationStage.DRAFT, ApplicationStage.APPLIED, ApplicationStage.REVIEWING, ApplicationStage.WANTED,
    ApplicationStage.OPENED,
)  # fmt: skip


def data_of(cloud: CloudContract) -> dict[str, Any]:
    """The fields of the application that the contract came from, as far as they are still known; else the customer's.

    What the customer has changed since then counts.
    """
    applied = CloudApplication.objects.filter(contract=cloud.contract, erased_at=None).first()
    fields = {name: getattr(applied, name) for name in filling.CARRIED if name != "basket"} if applied else {}
    customer = cloud.contract.customer
    return fields | {
        "kind": customer.kind,
        "name": customer.name,
        "kana": customer.kana,
        "postal_code": customer.postal_code,
        "address": customer.address,
        "building": customer.building,
        "mail": cloud.contract.mail,
    }


def basket_of(cloud: CloudContract) -> Basket:
    """What the contract was applied for with; what nobody knows any more begins at the smallest.

    A number that was brought along is here already and cannot be brought once more: a new one is applied for.
    """
    opening = getattr(cloud, "opening", None)
    try:
        basket = Basket.from_json(opening.basket) if opening is not None else Basket()
        return replace(basket, start=Start.NEW) if basket.is_ported else basket
    except (ValueError, TypeError, KeyError):
        return Basket()


def corporate_from(*, cloud: CloudContract, actor: User) -> tuple[CloudApplication, str]:
    """A company's application with what the personal contract knows, and the token of its page.

    Whoever asks again goes on with the one that is open. Raises NotPossible for a company's contract, ValidationError
    (too many applications from this address).
    """
    if cloud.contract.customer.kind != Customer.Kind.PERSONAL:
        raise NotPossible(_("法人のご契約です。個人から法人への切り替えは必要ありません。"))
    with transaction.atomic():
        CloudContract.objects.select_for_update(no_key=True).get(pk=cloud.pk)
        known = CloudApplication.objects.filter(from_contract=cloud.contract, stage__in=_OPEN).first()
        if known is not None:
            return known, links.make(known).token
        carried = data_of(cloud)
        person = carried.pop("name"), carried.pop("kana")
        carried |= {"kind": Customer.Kind.CORPORATE, "contact_name": person[0][:80], "contact_kana": person[1][:80]}
        return filling.begin(
            form_key=uuid.uuid4(),
            basket=basket_of(cloud),
            carried=carried,
            from_contract=cloud.contract,
            actor=actor,
        )
