"""利用停止の予約: by an operator, not before day 30 of the letter, never sooner than a week from now.

Nothing else makes a suspension: no job, no due moment, no state of a case. What the clock does is announce what an
operator has booked (`announcing`).
"""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.contract_data import hooks
from selfcare.contract_data.models import CaseState, IdentityCase, Suspension
from selfcare.contract_data.models.suspensions import EARLIEST, WEEK_BEFORE
from selfcare.contract_data.services import hours, steps
from selfcare.orders.procedures import NotPossible

LAST_REMINDER = 21


def earliest(case: IdentityCase) -> datetime | None:
    """From when a suspension can be booked; None while no letter of the case has been posted."""
    letter = steps.current_letter(case)
    return letter.posted_at + EARLIEST if letter and letter.posted_at else None


def first_day(now: datetime) -> date:
    """The first day on which it can begin: a business day, a whole week after today."""
    return hours.next_business_day(calendar.today(now) + WEEK_BEFORE + timedelta(days=1))


def stoppable(customer_id: int) -> list[Contract]:
    """The customer's contracts that a suspension would really stop; only those may be announced as stopped."""
    active = Contract.objects.active().filter(customer_id=customer_id).order_by("pk")
    return [contract for contract in active if hooks.can_stop(contract)]


def book(*, case: IdentityCase, starts_on: date, reason: str, actor: User) -> list[Suspension]:
    """Book the suspension of those of the customer's contracts that can be stopped, from ten in the morning of a day.

    Refused (NotPossible) where there is none, before day 30 of the newest letter, without the reminders of that
    letter, sooner than a week after today, on a day without an office, and while the case is with us and not with its
    customer.
    """
    with steps.taken(case, CaseState.POSTED, CaseState.RETURNED) as (locked, now):
        counted_from = _counted_from(locked, now)
        if starts_on < first_day(now):
            raise NotPossible(
                _("停止日は、7日前のお知らせができる%(day)s以降の日にしてください。") % {"day": first_day(now)}
            )
        if hours.next_business_day(starts_on) != starts_on:
            raise NotPossible(
                _("停止日は営業日にしてください（次の営業日は%(day)s）。お客様が窓口に連絡できない日には停止しません。")
                % {"day": hours.next_business_day(starts_on)}
            )
        contracts = stoppable(locked.customer_id)
        if not contracts:
            raise NotPossible(_("このお客様には、利用停止の対象になる契約がありません。"))
        standing = set(
            Suspension.objects.standing().filter(contract__in=contracts).values_list("contract_id", flat=True)
        )
        rows = [
            Suspension(
                contract=contract,
                customer_id=contract.customer_id,
                case=locked,
                reason=reason,
                counted_from=counted_from,
                booked_at=now,
                booked_by=actor,
                starts_at=hours.stop_on(starts_on),
            )
            for contract in contracts
            if contract.pk not in standing
        ]
        if not rows:
            raise NotPossible(_("利用停止は、すでに予約されています。"))
        for row in Suspension.objects.bulk_create(rows):
            detail = {"starts_at": row.starts_at.isoformat(), "reason": reason, "contract": row.contract.number}
            audit.record(action="suspension.booked", obj=row, customer=locked.customer, detail=detail, actor=actor)
    return rows


def _counted_from(case: IdentityCase, now: datetime) -> datetime:
    letter = steps.current_letter(case)
    if letter is None or letter.posted_at is None:
        raise NotPossible(_("お手紙をまだ発送していないため、利用停止は予約できません。"))
    if now < letter.posted_at + EARLIEST:
        day = calendar.today(letter.posted_at + EARLIEST)
        raise NotPossible(_("お手紙の発送から30日が過ぎる%(day)sまで、利用停止は予約できません。") % {"day": day})
    if not letter.reminders.filter(day=LAST_REMINDER, sent_at__isnull=False).exists():
        raise NotPossible(
            _("お客様へのお知らせ（7日目・14日目・21日目）が済んでいないため、利用停止は予約できません。")
        )
    return letter.posted_at
