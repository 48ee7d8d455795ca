"""Taking a change of address from step to step, as its pages and its operators do."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from selfcare import clock as time
from selfcare import vault
from selfcare.accounts.models import Contract, User
from selfcare.contract_data import due, kinds
from selfcare.contract_data.models import CheckLetter, Holder, IdentityCase, Suspension
from selfcare.contract_data.services import reviewing, steps
from selfcare.contract_data.wishes import Identity
from selfcare.documents.services.storing import store
from selfcare.orders import due as orders_due
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services import correcting
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.work import jobs, letters
from selfcare.work.models import Letter, Mail
from tests.clock import Clock
from tests.selfcare.documents import files

PLACE = {"postal_code": "150-0000", "address": "東京都みなも区新町4-5-6", "building": "架空ビル3階"}


def draft(owner: User, **wish: str) -> Order:
    holder = Holder.objects.visible_to(owner).get()
    now = time.now()
    order = new_draft(
        procedure=procedures.get("contract.identity"), subject=holder, contract=None, now=now, actor=owner
    )
    data = {**Identity.of(holder).as_json(), **PLACE, **wish}
    return save_draft(order=order, data=data, now=now, actor=owner)


def send(order: Order, kind: str, name: str = "a.xlsx") -> None:
    store(upload=SimpleUploadedFile(name, files.xlsx()), kind=kind, order=order, actor=order.actor)


def confirm_order(order: Order, actor: User) -> Order:
    shown = seal_shown(order, offer(order, now=time.now()))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=actor)[0]


def resubmit(order: Order, actor: User) -> Order:
    order.refresh_from_db()
    shown = seal_shown(order, offer(order, now=time.now()))
    return correcting.resubmit(order_id=order.pk, shown=shown, actor=actor)[0]


def applied(owner: User, **wish: str) -> IdentityCase:
    order = draft(owner, **wish)
    for kind in (kinds.REGISTRY, kinds.ADDRESS_PROOF):
        send(order, kind)
    confirm_order(order, owner)
    return IdentityCase.objects.get(order=order)


def posted(case: IdentityCase, operator: User) -> IdentityCase:
    reviewing.accept(case=case, actor=operator)
    return post_letter(case, operator)


def post_letter(case: IdentityCase, operator: User) -> IdentityCase:
    """Operators print it and mark it as sent; the clock takes note."""
    letter = current(case)
    code = code_of(letter)
    letters.print_batch(letters=[paper_of(letter)], actor=operator)
    letters.mark_sent(letters=[paper_of(letter)], actor=operator)
    run_everything()
    case.refresh_from_db()
    case.code = code  # type: ignore[attr-defined]
    return case


def current(case: IdentityCase) -> CheckLetter:
    letter = steps.current_letter(case)
    assert letter is not None
    return letter


def code_in(case: IdentityCase) -> str:
    """What the letter that was posted last says, as `post_letter` has read it."""
    told: str = case.code  # type: ignore[attr-defined]
    return told


def paper_of(letter: CheckLetter) -> Letter:
    assert letter.letter is not None
    return letter.letter


def code_of(letter: CheckLetter) -> str:
    """What the paper says: sealed until it is sent, then known to nobody here."""
    text: dict[str, Any] = json.loads(
        vault.open_sealed(bytes(paper_of(letter).sealed or b""), context=f"work.letter:sealed:{letter.letter_id}")
    )
    return str(text["code"])


def suspended(case: IdentityCase, contract: Contract, operator: User) -> Suspension:
    """In force since the last moment, announced as it has to be; the letter was posted long ago."""
    now = time.now()
    return Suspension.objects.create(
        contract=contract, customer=contract.customer, case=case, reason="ご住所の確認が取れないため",
        counted_from=now - timedelta(days=45), booked_at=now - timedelta(days=10), booked_by=operator,
        starts_at=now, announced_week_at=now - timedelta(days=8), announced_day_at=now - timedelta(days=2),
    )  # fmt: skip


def run_everything() -> None:
    """Every worker that goes by business time, until nothing is due."""
    while due.run() + orders_due.run_local():
        pass


def run_jobs() -> None:
    """The periodic work of all apps, which goes by real time."""
    while jobs.run_due():
        pass


def walk(clock: Clock, days: int, *, hours: int = 12) -> datetime:
    """The clock runs for so many days, with all workers at it every few hours."""
    for _step in range(days * 24 // hours):
        clock.set(time.now() + timedelta(hours=hours))
        run_everything()
    return time.now()


def mails(template: str) -> int:
    """How many such mails the registered address was sent."""
    return Mail.objects.filter(template=template, to="office@customer.example").count()
