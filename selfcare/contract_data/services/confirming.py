"""The two proofs that a letter has reached its customer; either puts the new data into force and lifts suspensions."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from selfcare import clock, text
from selfcare.accounts import audit
from selfcare.accounts.models import Customer, User
from selfcare.accounts.services import throttle
from selfcare.accounts.services.throttle import Limit
from selfcare.contract_data.models import (
    MOST_GUESSES,
    CaseState,
    CheckLetter,
    IdentityCase,
    LetterState,
    PostEvent,
)
from selfcare.contract_data.services import codes, lifting, steps
from selfcare.contract_data.services.telling import tell
from selfcare.contract_data.wishes import Identity
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State

#: Codes typed by one customer, right or wrong, over all its letters.
TYPED = Limit("contract_data.code", 20, timedelta(days=1))
_Kind = PostEvent.Kind


class CodeWrong(Exception):
    """`left`: how many more tries this letter's code bears; `is_old`: it is the code of an earlier letter."""

    def __init__(self, left: int, *, is_old: bool = False) -> None:
        super().__init__(left)
        self.left, self.is_old = left, is_old


def enter_code(*, case: IdentityCase, code: str, actor: User) -> IdentityCase:
    """The customer types what the letter says. Raises CodeWrong, NotPossible (nothing to confirm, too many tries).

    The guess is counted by an UPDATE of its own before anything is compared, so that a hundred at once are five; the
    right one, and one that was not looked at, are given back: a busy moment uses nothing up.
    """
    tries = throttle.reserve([(TYPED, throttle.key(TYPED, str(case.customer_id)))])
    if tries is None:
        raise NotPossible(
            _("確認コードの入力回数が多いため、今日はこれ以上お受けできません。明日もう一度お試しください。")
        )
    letter = _guess(case)
    if letter is None:
        throttle.refund(tries)
        raise NotPossible(
            _("いま入力できる確認コードはありません。入力の回数を超えたときは、お手紙の再送をお申し込みください。")
        )
    typed = codes.typed(code)
    if not codes.matches(letter, typed):
        audit.record(action="identity.code_wrong", obj=case, customer=case.customer, actor=actor)
        earlier = CheckLetter.objects.filter(case=case).exclude(pk=letter.pk)
        raise CodeWrong(letter.guesses_left, is_old=any(codes.matches(one, typed) for one in earlier))
    throttle.refund(tries)
    CheckLetter.objects.filter(pk=letter.pk, guesses__gt=0).update(guesses=F("guesses") - 1)
    with steps.taken(case, CaseState.POSTED) as (locked, now):
        current = steps.current_letter(locked)
        if current is None or current.pk != letter.pk:
            raise NotPossible(_("新しいお手紙をお送りしたため、この確認コードは使えません。"))
        _confirm(locked, current, how="code", now=now, actor=actor)
    return locked


def _guess(case: IdentityCase) -> CheckLetter | None:
    rows = CheckLetter.objects.filter(case=case, state=LetterState.POSTED, guesses__lt=MOST_GUESSES)
    with transaction.atomic():
        letter = rows.select_for_update().first()
        if letter is None:
            return None
        CheckLetter.objects.filter(pk=letter.pk).update(guesses=F("guesses") + 1)
    letter.guesses += 1
    return letter


def record(
    *,
    letter: CheckLetter,
    kind: str,
    key: str,
    happened_at: datetime,
    reason: str = "",
    actor: User | None = None,
) -> bool:
    """What the carrier tells of a letter (or an operator, with the carrier's slip in hand); False when it was known.

    Delivered confirms; returned gives the case back to its customer. Of a letter that is not the current one or has
    not been posted, or of a case that is over, it is kept and changes nothing.
    """
    with transaction.atomic(), steps.taken(letter.case, *CaseState) as (case, now):
        if not _store(letter, kind, key, reason, happened_at):
            return False
        detail = {"kind": kind, "key": key, "letter": letter.sequence, "reason": reason}
        audit.record(action="identity.post_event", obj=case, customer=case.customer, detail=detail, actor=actor)
        fresh = CheckLetter.objects.select_for_update().get(pk=letter.pk)
        if case.is_open and fresh.state == LetterState.POSTED:
            _follow(case, fresh, kind, reason, happened_at, now=now, actor=actor)
    return True


def record_slip(*, case: IdentityCase, kind: str, slip: str, reason: str, actor: User) -> bool:
    """What an operator reads on the carrier's slip of the letter that is under way; False when it was known.

    Raises NotPossible when no letter is in the post, or the slip is another letter's.
    """
    letter = steps.current_letter(case)
    if letter is None or letter.state != LetterState.POSTED:
        raise NotPossible(_("発送済みで、結果を待っているお手紙はありません。"))
    if letter.tracking and _bare(slip) != _bare(letter.tracking):
        raise NotPossible(
            _("お問い合わせ番号が、いまのお手紙の番号（%(tracking)s）と違います。前のお手紙の控えではありませんか。")
            % {"tracking": letter.tracking}
        )
    key = f"slip:{slip}:{kind}"
    return record(letter=letter, kind=kind, key=key, happened_at=clock.now(), reason=reason, actor=actor)


def _bare(number: str) -> str:
    return "".join(character for character in text.normalize_identifier(number) if character.isalnum()).casefold()


def _follow(
    case: IdentityCase,
    letter: CheckLetter,
    kind: str,
    reason: str,
    happened_at: datetime,
    *,
    now: datetime,
    actor: User | None,
) -> None:
    if kind == _Kind.DELIVERED:
        _confirm(case, letter, how="delivery", now=now, actor=actor, delivered_at=happened_at)
    elif kind == _Kind.RETURNED:
        CheckLetter.objects.filter(pk=letter.pk).update(
            state=LetterState.RETURNED,
            posted_at=letter.posted_at or happened_at,
            returned_at=happened_at,
            return_reason=reason,
            ask_at=None,
        )
        steps.go(case, CaseState.RETURNED, now=now, actor=actor)
        tell(case, "identity_letter_returned", reason=reason)


def _confirm(
    case: IdentityCase,
    letter: CheckLetter,
    *,
    how: str,
    now: datetime,
    actor: User | None,
    delivered_at: datetime | None = None,
) -> None:
    """In the transaction that holds order and case: all of it, or nothing."""
    CheckLetter.objects.filter(pk=letter.pk).update(
        state=LetterState.DELIVERED,
        delivered_at=delivered_at or now,
        ask_at=None,
    )
    customer = Customer.objects.select_for_update(no_key=True).get(pk=case.customer_id)
    old = Identity.of(customer).as_json()
    # What operators have corrected meanwhile, and the customer did not ask about, stays corrected.
    new = Identity.of(case).wished(since=Identity.of_data(case.before))
    changed = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    Customer.objects.filter(pk=customer.pk).update(**new)
    audit.record(
        action="customer.identity_changed",
        obj=customer,
        customer=customer,
        detail={**changed, "by": how, "request_id": case.order.request_id},
        actor=actor,
    )
    steps.go(case, CaseState.CONFIRMED, now=now, actor=actor, confirmed_by=how)
    steps.move_order(case, State.COMPLETED, now=now, actor=actor, phase="")
    lifting.lift_all(case=case, reason=_("ご本人の確認ができたため"), actor=actor)
    steps.tell_order(case, "completed", now=now)


_STORE = """
INSERT INTO contract_data_postevent (letter_id, key, kind, reason, happened_at, received_at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT ON CONSTRAINT post_event_once DO NOTHING RETURNING id
"""


def _store(letter: CheckLetter, kind: str, key: str, reason: str, happened_at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [letter.pk, key[:100], kind, reason[:100], happened_at, clock.real_now()])
        return cursor.fetchone() is not None
