"""The one writer of a case's state; whoever takes a step holds the order's row, then the case's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.contract_data.models import OPEN_CASES, CaseState, CheckLetter, IdentityCase, LetterState
from selfcare.contract_data.models.cases import TRANSITIONS
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import telling
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly
from selfcare.orders.services.moves import move
from selfcare.orders.states import OPEN, State
from selfcare.work import letters as post


@contextmanager
def taken(case: IdentityCase, *states: CaseState) -> Iterator[tuple[IdentityCase, datetime]]:
    """The case as it is now, locked, and the moment. Raises NotPossible unless it is in one of `states`."""
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        Order.objects.select_for_update().only("pk").get(pk=case.order_id)
        locked = lock(case.pk)
        if locked.state not in states:
            raise NotPossible(
                _("この変更は「%(state)s」のため、この操作はできません。") % {"state": locked.get_state_display()}
            )
        yield locked, clock.now()


def lock(pk: int) -> IdentityCase:
    """With the order's row locked already."""
    rows = IdentityCase.objects.select_for_update(of=("self",))
    return rows.select_related("customer", "order", "order__contract", "order__actor").get(pk=pk)


def go(case: IdentityCase, new: CaseState, *, now: datetime, actor: User | None, **columns: Any) -> None:
    """Put a locked case into another state, with its audit event. A state that cannot follow is a defect."""
    old = CaseState(case.state)
    if new not in TRANSITIONS[old]:
        raise ValueError(f"{old} -> {new}")
    if new not in OPEN_CASES:
        columns["finished_at"] = now
    if not IdentityCase.objects.filter(pk=case.pk, state=old).update(state=new, **columns):
        raise RuntimeError(f"case {case.pk} was locked and has changed")
    case.state = new
    for name, value in columns.items():
        setattr(case, name, value)
    detail = {"from": old.value, "request_id": case.order.request_id}
    if columns.get("words"):
        detail["words"] = columns["words"]
    audit.record(action=f"identity.{new.value}", obj=case, customer=case.customer, detail=detail, actor=actor)


def move_order(case: IdentityCase, new: State, *, now: datetime, actor: User | None, **columns: Any) -> None:
    """The order follows its case, from whatever open state it is in."""
    old = State(case.order.state)
    if old not in OPEN or not move([case.order_id], old, new, now=now, actor=actor, next_at=None, **columns):
        raise NotPossible(
            _("お申し込み %(request)s の状態が変わったため、何も変更していません。")
            % {"request": case.order.request_id}
        )
    case.order.refresh_from_db()


def tell_order(case: IdentityCase, kind: Any, *, now: datetime) -> None:
    telling.tell([case.order], kind, now=now)


def current_letter(case: IdentityCase) -> CheckLetter | None:
    """The newest letter of the case, whatever became of it."""
    return case.letters.select_related("letter").order_by("-sequence").first()


def void_letters(case: IdentityCase) -> None:
    """No code of a letter that is still on its way is good any more; what is not in the post is not posted."""
    waiting = list(case.letters.filter(state=LetterState.QUEUED).select_related("letter"))
    case.letters.filter(state__in=[LetterState.QUEUED, LetterState.POSTED]).update(state=LetterState.VOID, ask_at=None)
    for letter in waiting:
        paper = letter.letter
        if paper is None:
            continue
        # Let go of first, and taken back where the paper has been posted meanwhile.
        case.letters.filter(pk=letter.pk).update(letter=None)
        if not post.withdraw(letter=paper):
            case.letters.filter(pk=letter.pk).update(letter=paper)
