"""審査: a case is opened by its order; an operator accepts it, asks for what is missing, or refuses it."""

from collections.abc import Sequence

from django.db.models import Max
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.contract_data import kinds
from selfcare.contract_data.models import OPEN_CASES, CaseState, IdentityCase
from selfcare.contract_data.services import check_letters, lifting, steps
from selfcare.contract_data.services.telling import tell
from selfcare.contract_data.wishes import Identity
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, subject_of
from selfcare.orders.services import correcting
from selfcare.orders.states import State


def open_case(order: Order) -> None:
    """Part of the accepting transaction: the case begins, or goes on with the documents that were missing."""
    now = clock.now()
    case = IdentityCase.objects.filter(order=order).first()
    if case is not None:
        steps.go(steps.lock(case.pk), CaseState.REVIEW, now=now, actor=order.actor, wanted={}, words="")
        return
    IdentityCase.objects.create(
        customer_id=order.customer_id,
        order=order,
        created_at=now,
        before=Identity.of(subject_of(order)).as_json(),
        **Identity.of_data(order.data).as_json(),
    )


def end_with_order(order: Order) -> None:
    """Part of the transaction that ended the order without effect."""
    case = IdentityCase.objects.open().filter(order=order).first()
    if case is not None:
        _end(steps.lock(case.pk), words=order.reason, actor=None)


def accept(*, case: IdentityCase, actor: User) -> IdentityCase:
    """The documents are in order: the letter with the code is queued for printing."""
    with steps.taken(case, CaseState.REVIEW) as (locked, now):
        steps.go(locked, CaseState.LETTER, now=now, actor=actor, reviewed_at=now, words="")
        check_letters.queue(case=locked, now=now)
        steps.move_order(locked, State.IN_PROGRESS, now=now, actor=actor, phase=CaseState.LETTER.value)
    return locked


def ask_again(*, case: IdentityCase, missing: Sequence[str], words: str, actor: User) -> IdentityCase:
    """The order goes back to its customer, who sends exactly these kinds of documents and nothing else again."""
    unknown = set(missing) - set(kinds.LABELS)
    if not missing or unknown:
        raise NotPossible(_("不足している書類を選んでください。"))
    with steps.taken(case, CaseState.REVIEW) as (locked, now):
        newest = dict(
            Document.objects.filter(order=locked.order_id, kind__in=missing)
            .values_list("kind")
            .annotate(newest=Max("pk"))
        )
        wanted = {kind: newest.get(kind, 0) for kind in missing}
        steps.go(locked, CaseState.WANTED, now=now, actor=actor, wanted=wanted, words=words)
        correcting.give_back(order=locked.order, reason=words, actor=actor)
        tell(
            locked,
            "identity_documents_wanted",
            words=lambda: {"missing": [str(kinds.LABELS[kind]) for kind in missing]},
        )
    return locked


def refuse(*, case: IdentityCase, reason: str, actor: User) -> IdentityCase:
    """お断り, or an end of a case that comes to nothing: the data registered stay as they are."""
    with steps.taken(case, *OPEN_CASES) as (locked, now):
        # A returned order waits for its customer; it ends by being cancelled, as the engine has it.
        end = State.CANCELLED if locked.order.state == State.PENDING else State.FAILED
        steps.move_order(locked, end, now=now, actor=actor, phase="", reason=reason)
        _end(locked, words=reason, actor=actor)
        steps.tell_order(locked, "cancelled" if end == State.CANCELLED else "failed", now=now)
    return locked


def _end(case: IdentityCase, *, words: str, actor: User | None) -> None:
    now = clock.now()
    steps.void_letters(case)
    steps.go(case, CaseState.ENDED, now=now, actor=actor, words=words, wanted={})
    lifting.lift_all(case=case, reason=_("住所・名義の変更の手続きが終了したため"), actor=actor)
