"""Accepted password changes, in a stack's environment: part of what `seed` runs."""

from typing import Any

from numbering.models import Assignment
from numbering.services import password_check, sip_passwords
from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from tests.numbering.sip_password_crowd import crowd

NEW = "Neupass2"


def sip_changes(*, user: str, count: int) -> dict[str, Any]:
    owner = User.objects.get(selfcare_id=user)
    contract = Contract.objects.filter(customer=owner.customer).order_by("pk").first()
    assert contract is not None
    digits = crowd(contract, "b2bua", count)
    held = Assignment.objects.filter(digits__in=digits).select_related("contract").order_by("pk")
    return {"orders": [_accepted(one, owner) for one in held]}


def _accepted(assignment: Assignment, owner: User) -> int:
    now = clock.now()
    credential = sip_passwords.current([assignment], now=now)[assignment.number_id]
    procedure = procedures.get("numbering.sip_password")
    draft = new_draft(procedure=procedure, subject=assignment, contract=assignment.contract, now=now, actor=owner)
    draft = save_draft(
        order=draft,
        data={"number": assignment.digits, "at": "", "credential": credential.pk},
        now=now,
        actor=owner,
        secret={"digests": password_check.digests_of(assignment, NEW)},
    )
    shown = seal_shown(draft, offer(draft, now=clock.now()))
    return accept(order_id=draft.pk, shown=shown, session_digest="", actor=owner)[0].pk
