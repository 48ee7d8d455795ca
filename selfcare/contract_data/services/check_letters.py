"""転送不要の簡易書留: queued, posted, sent again. A letter's code is made here and told by nothing but the letter."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.contract_data.models import CaseState, CheckLetter, IdentityCase, LetterState
from selfcare.contract_data.services import codes, lifting, steps
from selfcare.contract_data.services.telling import tell
from selfcare.contract_data.wishes import Identity
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import write_offers
from selfcare.orders.services.offers import offer
from selfcare.orders.states import State
from selfcare.work import letters as post
from selfcare.work.models import Letter

KIND = "address_check"
#: Letters of one case; more is for a person to look at.
MOST_LETTERS = 5
#: How long a customer waits for a letter before asking for another one.
RESEND_AFTER = timedelta(days=7)
_CHUNK = 100


def queue(*, case: IdentityCase, now: datetime) -> CheckLetter:
    """The next letter of a locked case, for the operators to print. Raises NotPossible when it is one too many."""
    sequence = (case.letters.aggregate(last=Max("sequence"))["last"] or 0) + 1
    if sequence > MOST_LETTERS:
        raise NotPossible(
            _("お手紙をお送りできる回数（%(most)d回）を超えました。お問い合わせください。") % {"most": MOST_LETTERS}
        )
    code = codes.make()
    wish = Identity.of(case)
    text = {**wish.as_json(), "code": code, "kind": case.customer.kind}
    letter = post.queue(
        kind=KIND, customer=case.customer, contract=case.order.contract, reference=case.order.request_id, text=text
    )
    check = CheckLetter(
        case=case,
        sequence=sequence,
        letter=letter,
        recipient=wish.name,
        postal_code=wish.postal_code,
        address=wish.address,
        building=wish.building,
    )
    check.code_digest = codes.digest(check, code)
    check.save(force_insert=True)
    return check


def can_resend(case: IdentityCase, letter: CheckLetter | None, now: datetime) -> bool:
    """Returned; or posted, and its code is used up or a week has passed without it."""
    if case.state == CaseState.RETURNED:
        return True
    if case.state != CaseState.POSTED or letter is None or letter.posted_at is None:
        return False
    return letter.guesses_left == 0 or now >= letter.posted_at + RESEND_AFTER


def resend(*, case: IdentityCase, wish: Identity, actor: User) -> IdentityCase:
    """Another letter, to the corrected address. Another house than the documents show is reviewed first.

    Suspensions that have only been announced are withdrawn: the thirty days count from the new letter. Raises
    NotPossible.
    """
    with steps.taken(case, CaseState.RETURNED, CaseState.POSTED) as (locked, now):
        letter = steps.current_letter(locked)
        if not can_resend(locked, letter, now):
            raise NotPossible(_("お手紙をもう一度お送りできるのは、発送から7日後です。"))
        before = Identity.of(locked)
        # A registered letter names the person of the documents: only where it goes may be corrected here.
        place = {"postal_code": wish.postal_code, "address": wish.address, "building": wish.building}
        steps.void_letters(locked)
        if wish.house == before.house:
            _again(locked, place, now=now, actor=actor)
        elif locked.state == CaseState.RETURNED:
            steps.go(locked, CaseState.REVIEW, now=now, actor=actor, **place)
            # Its page says that it is reviewed, and no more that a letter is under way.
            steps.move_order(locked, State.IN_PROGRESS, now=now, actor=actor, phase="")
        else:
            raise NotPossible(
                _(
                    "発送済みのお手紙の住所は変更できません。返送されたあとに訂正できます。お急ぎのときはお問い合わせください。"
                )
            )
        if place != {name: getattr(before, name) for name in place}:
            _correct_order(locked, place, now)
        lifting.withdraw_announced(case=locked, actor=actor)
    return locked


def _correct_order(case: IdentityCase, place: dict[str, str], now: datetime) -> None:
    """Its page and its mails say the address that the letter goes to."""
    order = case.order
    order.data = {**order.data, **place}
    Order.objects.filter(pk=order.pk).update(data=order.data)
    write_offers({order: offer(order, now=now)}, now)


def _again(case: IdentityCase, place: dict[str, str], *, now: datetime, actor: User) -> None:
    steps.go(case, CaseState.LETTER, now=now, actor=actor, **place)
    queue(case=case, now=now)


def note_posted() -> int:
    """Take note of letters that operators have marked as sent; how many."""
    waiting = CheckLetter.objects.filter(state=LetterState.QUEUED, letter__state=Letter.State.SENT)
    found = list(waiting.select_related("case", "letter").order_by("pk")[:_CHUNK])
    return sum(_posted(letter) for letter in found)


def posted_waiting(before: datetime) -> bool:
    rows = CheckLetter.objects.filter(state=LetterState.QUEUED, letter__state=Letter.State.SENT)
    return rows.filter(letter__sent_at__lte=before).exists()


def _posted(letter: CheckLetter) -> int:
    with transaction.atomic():
        Order.objects.select_for_update().only("pk").get(pk=letter.case.order_id)
        case = steps.lock(letter.case_id)
        # Ended or confirmed meanwhile: nobody waits for it.
        state = LetterState.POSTED if case.state == CaseState.LETTER else LetterState.VOID
        at = (letter.letter and letter.letter.sent_at) or clock.now()
        ask_at = clock.real_now() if state == LetterState.POSTED else None
        mine = CheckLetter.objects.filter(pk=letter.pk, state=LetterState.QUEUED)
        if mine.update(state=state, posted_at=at, ask_at=ask_at) and state == LetterState.POSTED:
            steps.go(case, CaseState.POSTED, now=clock.now(), actor=None)
            tell(case, "identity_letter_posted")
    return 1
