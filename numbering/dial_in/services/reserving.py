"""Reservation codes: numbers that sales keeps for a contract until it orders them, or the code's last day is over."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import ReservationCode
from numbering.dial_in.services import blocks
from numbering.models import Assignment, Kind
from numbering.services import pool
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.locks import busy_is_not_possible, wait_briefly

#: The largest row of an order (spec 5.2).
LARGEST = 2_000
#: How long a code may keep numbers from everybody else.
LONGEST = timedelta(days=365)
#: Without letters and digits that are taken for one another when they are read out.
_ALPHABET = "ABCDEFGHJKLMNPQRTUVWXY346789"
_FORM = (4, 4)


class CodeState(models.TextChoices):
    OPEN = "open", gettext_lazy("利用可")
    USED = "used", gettext_lazy("使用済")
    WITHDRAWN = "withdrawn", gettext_lazy("取下げ")
    EXPIRED = "expired", gettext_lazy("期限切れ")


def state_of(code: ReservationCode, *, today: date) -> CodeState:
    if code.order_id is not None:
        return CodeState.USED
    if code.withdrawn_at is not None:
        return CodeState.WITHDRAWN
    return CodeState.EXPIRED if code.valid_until < today else CodeState.OPEN


_TAKE = """
WITH locked AS MATERIALIZED (
    SELECT f.number_id, f.available_on FROM numbering_freenumber AS f
    WHERE f.number_id = ANY(%(numbers)s::bigint[]) AND f.available_on <= %(today)s
    ORDER BY f.number_id FOR UPDATE
), gone AS (
    DELETE FROM numbering_freenumber AS f USING locked AS l WHERE f.number_id = l.number_id
    RETURNING f.number_id, l.available_on
)
INSERT INTO numbering_assignment
    (number_id, digits, customer_id, contract_id, reservation_id, origin, state, free_since, service_digest, is_voice)
SELECT g.number_id, n.digits, %(customer)s, %(contract)s, %(code)s, 'added', 'reserved', g.available_on, '', true
FROM gone AS g JOIN numbering_number AS n ON n.id = g.number_id ORDER BY n.digits
"""


def make(
    *, contract: Contract, wanted: pool.Wanted, valid_until: date, note: str = "", actor: User
) -> tuple[ReservationCode, blocks.Plan]:
    """Keep numbers for a contract under a new code, consecutive ones where the pool has them.

    `valid_until` is the last day on which it can be ordered with. Returns the code, and which numbers were found. All
    that are wanted, or none: raises NotPossible, with what is left.
    """
    with busy_is_not_possible(), transaction.atomic():
        wait_briefly()
        now = clock.now()
        today = calendar.today(now)
        _require_possible(contract, wanted, valid_until, today)
        plan = blocks.plan(wanted=wanted, today=today, seed=secrets.randbits(60))
        if plan.short:
            raise NotPossible(_("番号が足りません。いま予約できるのは%(left)s番号です。") % {"left": f"{plan.left:,}"})
        code = _store(contract, wanted, valid_until, note, now)
        _take(code, plan, today)
        detail = {
            "code": code.code,
            "contract": contract.number,
            "numbers": plan.describe(),
            "until": valid_until.isoformat(),
        }
        audit.record(action="reservationcode.created", obj=code, detail=detail, actor=actor)
    return code, plan


def _require_possible(contract: Contract, wanted: pool.Wanted, valid_until: date, today: date) -> None:
    if contract.kind != Contract.Kind.IP_VOICE or contract.state != Contract.State.ACTIVE:
        raise NotPossible(_("ご利用中のIP Voiceの契約を指定してください。"))
    if not 1 <= wanted.count <= LARGEST:
        raise NotPossible(_("番号数は1から%(most)sまでです。") % {"most": f"{LARGEST:,}"})
    if bool(wanted.area) != (wanted.kind == Kind.GEOGRAPHIC):
        raise NotPossible(_("市外局番は、0ABJ番号のときだけ入力してください。"))
    if not today <= valid_until <= today + LONGEST:
        raise NotPossible(_("有効期限は、今日から1年以内の日付にしてください。"))


def _store(contract: Contract, wanted: pool.Wanted, valid_until: date, note: str, now: datetime) -> ReservationCode:
    name = "-".join("".join(secrets.choice(_ALPHABET) for _one in range(length)) for length in _FORM)
    return ReservationCode.objects.create(
        code=name,
        customer_id=contract.customer_id,
        contract=contract,
        kind=wanted.kind,
        area=wanted.area,
        count=wanted.count,
        valid_until=valid_until,
        note=note,
        created_at=now,
    )


def _take(code: ReservationCode, plan: blocks.Plan, today: date) -> None:
    values: dict[str, Any] = {
        "numbers": list(plan.ids),
        "today": today,
        "customer": code.customer_id,
        "contract": code.contract_id,
        "code": code.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.rowcount != len(plan.ids):
            raise NotPossible(_("番号の在庫が変わりました。何も予約していません。もう一度お試しください。"))


def withdraw(*, code: ReservationCode, reason: str, actor: User) -> int:
    """Give up an open code; its numbers return to the pool, how many is returned. Raises NotPossible."""
    with transaction.atomic():
        unused = ReservationCode.objects.filter(pk=code.pk, order=None, withdrawn_at=None)
        if not unused.update(withdrawn_at=clock.now()):
            raise NotPossible(_("この予約コードは、すでに使われたか、取り下げられています。"))
        count = _give_back([code.pk])
        detail = {"code": code.code, "numbers": count, "reason": reason}
        audit.record(action="reservationcode.withdrawn", obj=code, detail=detail, actor=actor)
    return count


def prolong(*, code: ReservationCode, valid_until: date, actor: User) -> None:
    """Another last day for an open code. Raises NotPossible."""
    with transaction.atomic():
        kept = ReservationCode.objects.select_for_update().get(pk=code.pk)
        today = calendar.today(clock.now())
        if state_of(kept, today=today) != CodeState.OPEN:
            raise NotPossible(_("この予約コードは、すでに使われたか、取り下げられたか、期限が切れています。"))
        if not today <= valid_until <= today + LONGEST:
            raise NotPossible(_("有効期限は、今日から1年以内の日付にしてください。"))
        detail = {"code": kept.code, "valid_until": [kept.valid_until.isoformat(), valid_until.isoformat()]}
        kept.valid_until = valid_until
        kept.save(update_fields=["valid_until"])
        audit.record(action="reservationcode.prolonged", obj=kept, detail=detail, actor=actor)


def expire(*, limit: int = 500) -> int:
    """Give back the numbers of codes whose last day is over, on the shared clock; returns how many codes that were.

    No lower bound: what no worker has seen for days is found, too, and a code whose order fell after its last day.
    """
    with transaction.atomic():
        today = calendar.today(clock.now())
        kept = Assignment.objects.filter(
            reservation=OuterRef("pk"), order=None, state=Assignment.State.RESERVED
        )  # fmt: skip
        over = ReservationCode.objects.filter(
            Exists(kept), order=None, withdrawn_at=None, valid_until__lt=today
        )  # fmt: skip
        codes = list(over.select_for_update(skip_locked=True).order_by("valid_until", "pk")[:limit])
        for code in codes:
            count = _give_back([code.pk])
            audit.record(action="reservationcode.expired", obj=code, detail={"code": code.code, "numbers": count})
        return len(codes)


_GIVE_BACK = """
WITH gone AS (
    DELETE FROM numbering_assignment
    WHERE reservation_id = ANY(%(codes)s::bigint[]) AND order_id IS NULL AND state = 'reserved'
    RETURNING number_id, free_since
)
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT n.id, n.kind, n.area, gone.free_since
FROM gone JOIN numbering_number AS n ON n.id = gone.number_id
"""


def _give_back(codes: list[int]) -> int:
    """To their old places in the pool."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"codes": codes})
        return int(cursor.rowcount)
