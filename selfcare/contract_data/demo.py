"""Verbs for the demo: a change of address in each stage. Composed by whoever has the customers at hand, in a
transaction, with business time at the moment of the load; what has to lie further back is said by `at`.

    case = demo.applied(owner=owner, wish=Identity(...))
    demo.posted(case=case, at=scene.ago(10), actor=operator)
    demo.returned(case=case, at=scene.ago(3))
    demo.announced(case=case, starts_at=scene.ago(-3, "10:00"), actor=operator)   # posted at least 40 days ago
"""

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.contract_data.models import CheckLetter, Holder, IdentityCase, Reminder, Suspension
from selfcare.contract_data.models.suspensions import EARLIEST, WEEK_BEFORE
from selfcare.contract_data.procedures.identity import CODE, needed_kinds
from selfcare.contract_data.services import check_letters, confirming, reviewing, steps, suspending
from selfcare.contract_data.services.reminding import DAYS
from selfcare.contract_data.wishes import Identity
from selfcare.documents.services.storing import store
from selfcare.orders import procedures
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene
from selfcare.work import pdf
from selfcare.work.models import Letter


def register() -> None:
    demo.register("contract_data", load, order=demo.TRAIL + 7)


def load(scene: Scene) -> None:
    """The studio is moving: its letter has been in the post for ten days."""
    wish = Identity(
        name=scene.customers["design"].name,
        kana=scene.customers["design"].kana,
        postal_code="0000092",
        address="東京都みなも区白帆町7-1-4",
        building="白帆ビル5階",
    )
    case = applied(owner=scene.users["design.owner"], wish=wish)
    posted(case=case, at=scene.ago(10), actor=scene.users["operator.admin"])


def applied(*, owner: User, wish: Identity) -> IdentityCase:
    """Documents sent, waiting for the review."""
    holder, now = Holder.objects.visible_to(owner).get(), clock.now()
    draft = new_draft(procedure=procedures.get(CODE), subject=holder, contract=None, now=now, actor=owner)
    order = save_draft(order=draft, data=wish.as_json(), now=now, actor=owner)
    for kind in needed_kinds(order):
        content = pdf.join(["<p>デモの書類です。</p>"])
        store(upload=SimpleUploadedFile("shorui.pdf", content), kind=kind, order=order, actor=owner)
    shown = seal_shown(order, offer(order, now=now))
    accept(order_id=order.pk, shown=shown, session_digest="", actor=owner)
    return IdentityCase.objects.get(order=order)


def posted(*, case: IdentityCase, at: datetime, actor: User) -> IdentityCase:
    """Reviewed, and the letter in the post since `at`, with the reminders that have been due since."""
    reviewing.accept(case=case, actor=actor)
    letter = _current(case)
    if letter.letter is None:
        raise ValueError("the letter has been taken back")
    Letter.objects.filter(pk=letter.letter.pk).update(
        state=Letter.State.SENT, printed_at=at, sent_at=at, sealed=None, created_at=at
    )
    check_letters.note_posted()
    now = clock.now()
    Reminder.objects.bulk_create(
        [
            Reminder(letter=letter, day=day, noted_at=at + timedelta(days=day), sent_at=at + timedelta(days=day))
            for day in DAYS
            if at + timedelta(days=day) <= now
        ]
    )
    case.refresh_from_db()
    return case


def returned(*, case: IdentityCase, at: datetime) -> IdentityCase:
    confirming.record(
        letter=_current(case), kind="returned", key="post:returned", happened_at=at, reason="あて所に尋ねあたりません"
    )
    case.refresh_from_db()
    return case


def announced(*, case: IdentityCase, starts_at: datetime, actor: User) -> list[Suspension]:
    """Booked and announced a week before `starts_at`, which is ahead; the letter was posted long enough before."""
    letter = _current(case)
    if letter.posted_at is None:
        raise ValueError("the letter has not been posted")
    week_before = starts_at - WEEK_BEFORE
    if week_before < letter.posted_at + EARLIEST:
        raise ValueError("the letter has been posted too lately")
    return Suspension.objects.bulk_create(
        [
            Suspension(
                contract=contract,
                customer_id=case.customer_id,
                case=case,
                reason="住所の確認がとれないため",
                counted_from=letter.posted_at,
                booked_at=week_before,
                booked_by=actor,
                starts_at=starts_at,
                announced_week_at=week_before,
            )
            for contract in suspending.stoppable(case.customer_id)
        ]
    )


def _current(case: IdentityCase) -> CheckLetter:
    letter = steps.current_letter(case)
    if letter is None:
        raise ValueError("the case has no letter yet")
    return letter
