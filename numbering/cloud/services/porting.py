"""番号ポータビリティ of cloud phone contracts: applied for, moved step by step by operators, switched.

The old line stays with its carrier until the switch, which is why nothing of it is touched here before. During a trial
the number that was tried gives way to the one that comes: all that hangs on it (ringing, options, settings) stays.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.services import Basket
from numbering.cloud.models import CloudContract, CloudId, CloudPortIn, Opening, PortOrigin, Stage
from numbering.cloud.services import charges, laying_out, port_origins, releasing, telling
from numbering.dial_in.services.ports import area_of, not_to_bring
from numbering.models import Assignment, FreeNumber, Kind, Number
from numbering.services import pool
from selfcare import calendar, clock, phones
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.events import event
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State

Step = CloudPortIn.Step


def why_not(*, digits: str, origin: str, today: date) -> str:
    """Why this number cannot come, in the customer's words; empty while nothing is known against it."""
    if not area_of(digits):
        return _("番号ポータビリティで移行できるのは、市外局番のある固定電話の番号だけです。")
    if not PortOrigin.objects.filter(code=origin).exists():
        return _("番号を取得した電話サービスを選んでください。")
    movable = port_origins.movable(on=today).filter(code=origin)
    if not movable.exists():
        return _("この電話サービスで取得した番号は、現在移行できません。")
    coming = CloudPortIn.objects.open().filter(digits=digits).exists()
    if coming or Assignment.objects.filter(digits=digits, released_on=None).exists():
        return _("この番号は、すでに当社で利用中か、移行の手続き中です。")
    if not_to_bring(digits=[digits], today=today) and not _may_return(digits):
        return _("この番号は、他社で利用されている番号ではないため、移行できません。番号をご確認ください。")
    return ""


def _may_return(digits: str) -> bool:
    """A number that was brought along once, given back to its carrier, and comes again."""
    return Number.objects.filter(digits=digits, unusable_reason=releasing.RETURNED).exists()


def apply_for(
    *,
    cloud: CloudContract,
    digits: str,
    origin: str,
    carrier: str,
    holder: str,
    today: date,
    order: Order | None = None,
) -> CloudPortIn:
    """The first step, in the caller's transaction. Raises NotPossible for a number that cannot come."""
    if reason := why_not(digits=digits, origin=origin, today=today):
        raise NotPossible(reason)
    if lacks_number(cloud):
        _name_ids(cloud, digits)
    return CloudPortIn.objects.create(
        cloud=cloud,
        customer_id=cloud.customer_id,
        order=order,
        digits=digits,
        origin=PortOrigin.objects.get(code=origin),
        carrier=carrier,
        holder=holder,
        applied_on=today,
    )


def open_of(cloud: CloudContract) -> CloudPortIn | None:
    return CloudPortIn.objects.open().filter(cloud=cloud).first()


def latest_of(cloud: CloudContract) -> CloudPortIn | None:
    return CloudPortIn.objects.filter(cloud=cloud).select_related("origin").order_by("-pk").first()


def lacks_number(cloud: CloudContract) -> bool:
    """It was opened for a number to come, and none is there: it waits for it, or for another try."""
    return cloud.is_ported and cloud.representative_id is None


def _name_ids(cloud: CloudContract, digits: str) -> None:
    """従来方式: after the number that is to come. Without one by their codes, so that nobody else is kept from it."""
    ids = list(CloudId.objects.live().filter(cloud=cloud).order_by("pk"))
    known = [one.code for one in ids]
    names = laying_out.login_names(cloud=cloud, digits=digits, known=known) if digits else known
    for one, name in zip(ids, names, strict=True):
        if one.login_name != name:
            one.login_name = name
            one.save(update_fields=["login_name"])


def confirm(*, port_in: CloudPortIn, actor: User) -> None:
    """可否確認: the present carrier has agreed. Raises NotPossible in another step."""
    _move(port_in, (Step.APPLIED,), Step.POSSIBLE, {"possible_on": calendar.today(clock.now())}, actor)


def set_date(*, port_in: CloudPortIn, on: date, actor: User) -> None:
    """工事日, also another one later. Raises NotPossible in another step, and for a day that is over."""
    if on < calendar.today(clock.now()):
        raise NotPossible(_("工事日は、今日以降の日付にしてください。"))
    _move(port_in, (Step.POSSIBLE, Step.DATED), Step.DATED, {"construction_on": on}, actor)


def refuse(*, port_in: CloudPortIn, reason: str, actor: User) -> None:
    """The number cannot come; `reason` is for the customer. The contract goes on with the number that it has, or
    waits for another try."""
    values = {"ended_on": calendar.today(clock.now()), "reason": reason}
    with transaction.atomic():
        _move(port_in, (Step.APPLIED, Step.POSSIBLE, Step.DATED), Step.REFUSED, values, actor)
        _go_on_with_trial(port_in.cloud_id)


def withdraw(*, port_ins: Sequence[CloudPortIn], actor: User | None) -> None:
    """取りやめ: by its order's cancellation or with the contract's end; in the caller's transaction."""
    for port_in in port_ins:
        values = {"ended_on": calendar.today(clock.now())}
        _move(port_in, (Step.APPLIED, Step.POSSIBLE, Step.DATED), Step.WITHDRAWN, values, actor)
        _go_on_with_trial(port_in.cloud_id)


@transaction.atomic
def take_back(*, port_in: CloudPortIn, actor: User) -> None:
    """取りやめ by the customer, until the switch; its order is undone with it. Raises NotPossible once it is over."""
    order = port_in.order
    _hold_order(port_in)
    locked = CloudPortIn.objects.select_for_update(of=("self",)).get(pk=port_in.pk)
    withdraw(port_ins=[locked], actor=actor)
    if order is None:
        return
    now = clock.now()
    for old in (State.ACKNOWLEDGED, State.IN_PROGRESS):
        moved = move([order.pk], old, State.CANCELLED, now=now, actor=actor)
        if moved:
            tell(list(Order.objects.filter(pk__in=moved).select_related("contract")), "cancelled", now=now)


def _go_on_with_trial(cloud_id: int) -> None:
    """A trial whose days stood still for the number that was to come: they are counted from today on.

    Who takes numbers back again and again has them counted from the beginning: no trial is for nothing for ever.
    """
    cloud = CloudContract.objects.get(pk=cloud_id)
    if cloud.representative_id is None:
        _name_ids(cloud, "")
        return
    again = CloudPortIn.objects.filter(cloud=cloud, step=Step.WITHDRAWN).count() > 1
    since = cloud.trial_from if again else calendar.today(clock.now())
    Opening.objects.filter(cloud=cloud, usable_on=None).update(usable_on=since, reminders=0, reminded_on=None)


@transaction.atomic
def switch(*, port_in: CloudPortIn, actor: User) -> None:
    """切替: the number is ours from now on, the telephone rings here, 本申込 can be done.

    Raises NotPossible before its construction date, in another step, and for a number that is in use here.
    """
    now = clock.now()
    today = calendar.today(now)
    _hold_order(port_in)
    cloud = CloudContract.objects.select_for_update().select_related("contract").get(pk=port_in.cloud_id)
    locked = CloudPortIn.objects.get(pk=port_in.pk)
    if locked.construction_on is not None and today < locked.construction_on:
        raise NotPossible(_("工事日になるまで切り替えられません。"))
    if cloud.stage == Stage.ENDED:
        raise NotPossible(_("この契約は解約されています。"))
    _move(port_in, (Step.DATED,), Step.SWITCHED, {"switched_on": today}, actor)
    assignment = _assign(_number(port_in.digits), cloud, port_in, today)
    _take_over(cloud, assignment, today)
    cloud.is_ported = True
    cloud.save(update_fields=["is_ported"])
    opening = Opening.objects.get(cloud=cloud)
    opening.usable_on, opening.reminders, opening.reminded_on = today, 0, None
    opening.save(update_fields=["usable_on", "reminders", "reminded_on"])
    charges.follow(clouds=[cloud], on=today)
    telling.invited(cloud=cloud, opening=opening)


def hold_orders(contract_id: int) -> None:
    """Of the numbers that are to come to a contract; before its own row, as `switch` does."""
    rows = Order.objects.filter(cloud_port_in__cloud=contract_id, cloud_port_in__step__in=CloudPortIn.OPEN)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def _hold_order(port_in: CloudPortIn) -> None:
    """Before the row itself, everywhere: who takes it back comes from the order."""
    if port_in.order_id is not None:
        Order.objects.select_for_update().get(pk=port_in.order_id)


def _move(port_in: CloudPortIn, old: Sequence[str], new: str, values: dict[str, Any], actor: User | None) -> None:
    """Compare and set, audit, mail, and the order that waits for it, in one transaction."""
    with transaction.atomic():
        _hold_order(port_in)
        before = port_in.step
        if not CloudPortIn.objects.filter(pk=port_in.pk, step__in=old).update(step=new, **values):
            raise NotPossible(_("この手続きは、すでに別の段階に進んでいます。最新の状況をご確認ください。"))
        port_in.refresh_from_db()
        detail = {"step": [before, str(new)], "number": port_in.digits}
        audit.record(action="cloudportin.moved", obj=port_in, detail=detail, actor=actor)
        telling.port_step(port_in=port_in)
        if port_in.order is not None and port_in.order.state in ("in_progress", "held"):
            key = f"{new}:{port_in.construction_on or ''}"
            event(order=port_in.order, kind="port_in", key=key, actor=actor)


def _number(digits: str) -> Number:
    """The number's row, locked, nobody's. Raises NotPossible for one that is in use or blocked here."""
    Number.objects.bulk_create(
        [Number(digits=digits, kind=Kind.GEOGRAPHIC, area=area_of(digits), created_at=clock.real_now())],
        ignore_conflicts=True,
    )
    number = Number.objects.select_for_update().get(digits=digits)
    if number.unusable_reason == releasing.RETURNED:
        number.unusable_reason = ""
        number.save(update_fields=["unusable_reason"])
    used = Assignment.objects.filter(number=number, released_on=None).exists()
    if used or number.unusable_reason:
        told = _("%(number)s は当社で利用中か、使用不可の番号です。")
        raise NotPossible(told % {"number": phones.display(digits)})
    # A number that went elsewhere and lay here in quarantine comes back to its customer.
    FreeNumber.objects.filter(number=number).delete()
    return number


def _assign(number: Number, cloud: CloudContract, port_in: CloudPortIn, today: date) -> Assignment:
    return Assignment.objects.create(
        number=number,
        digits=number.digits,
        customer_id=cloud.customer_id,
        contract_id=cloud.pk,
        order=port_in.order,
        origin=Assignment.Origin.PORTED,
        state=Assignment.State.ACTIVE,
        is_voice=True,
        free_since=today,
        started_on=today,
    )


def _take_over(cloud: CloudContract, assignment: Assignment, today: date) -> None:
    """The number that was tried gives way, its row keeps all that hangs on it; a contract without any gets one."""
    voice = cloud.representative
    if voice is None:
        _begin(cloud, assignment, today)
        return
    old, before = voice.assignment_id, voice.digits
    voice.assignment, voice.digits = assignment, assignment.digits
    voice.save(update_fields=["assignment", "digits"])
    releasing.release(assignments=Assignment.objects.filter(pk=old), on=today)
    for one in CloudId.objects.live().filter(
        Q(login_name=before) | Q(login_name__startswith=f"{before}-"), cloud=cloud
    ):
        one.login_name = f"{assignment.digits}{one.login_name.removeprefix(before)}"
        one.save(update_fields=["login_name"])


def _begin(cloud: CloudContract, assignment: Assignment, today: date) -> None:
    opening = Opening.objects.get(cloud=cloud)
    basket = Basket.from_json(opening.basket)
    ids = list(CloudId.objects.live().filter(cloud=cloud).order_by("pk"))
    more = []
    if basket.extra_numbers:
        wanted = pool.Wanted(basket.extra_numbers)
        more = laying_out.claim(contract=cloud.contract, wanted=wanted, on=today)
    voice = laying_out.voice_numbers(cloud=cloud, assignments=[assignment, *more], basket=basket, on=today)
    laying_out.ring(numbers=voice, at=ids)
    laying_out.connect(cloud=cloud, voice=voice[0], at=ids)
