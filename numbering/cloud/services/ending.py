"""解約 of a cloud phone contract: booked for a day, taken back until its end, carried out after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from billing.closing import periods
from billing.services import Fee, NoTariff, charge_once, cloud_items
from numbering.cloud.models import CloudContract, CloudPortIn, Equipment, Opening, Stage
from numbering.cloud.services import charges, holdings, porting, releasing, trials
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from selfcare.orders.services.giving_back import give_back
from selfcare.orders.services.moves import move
from selfcare.orders.services.telling import tell
from selfcare.orders.states import State


@dataclass(frozen=True)
class StillBilled:
    """What is billed after the cancellation, whole yen without tax: `amount` for the last period, None for nothing.

    `monthly`: what the contract costs every month until then; 0 in a trial.
    """

    period: periods.Period | None
    amount: int
    monthly: int


def still_billed(cloud: CloudContract, *, last_day: date) -> StillBilled:
    """By the prices of that day; while those of a day to come are not entered, by today's. Raises NoTariff."""
    try:
        monthly = charges.monthly(cloud, on=last_day)
    except NoTariff:
        monthly = charges.monthly(cloud)
    if cloud.stage == Stage.ACTIVE:
        return StillBilled(trials.period_of(last_day), monthly, monthly)
    opening = Opening.objects.filter(cloud=cloud).first()
    period = trials.owed(opening, last_day=last_day) if opening is not None else None
    return StillBilled(period, monthly if period else 0, 0)


def to_return(cloud: CloudContract) -> list[Equipment]:
    """What is lent and has been sent: it comes back to us. A bought phone stays."""
    rows = Equipment.objects.live().filter(cloud=cloud, kind__in=releasing.LENT, state__in=releasing.SENT)
    return list(rows.order_by("pk"))


def still_coming(cloud: CloudContract) -> QuerySet[Equipment]:
    """What was bought and paid with 本申込, and is not there yet: it is delivered, also after the end."""
    coming = (Equipment.State.PREPARING, Equipment.State.SHIPPED)
    return Equipment.objects.live().filter(cloud=cloud, kind=Equipment.Kind.DESK_PHONE, state__in=coming)


def end_moment(last_day: date) -> datetime:
    """The moment after the last day of use: 00:00 in Tokyo."""
    return calendar.midnight(last_day + calendar.ONE_DAY)


def falling_after(contract: Contract, *, last_day: date, but: Sequence[Order] = ()) -> list[Order]:
    """Orders about this contract that would take effect when it is not there any more."""
    rows = _waiting(contract).filter(due_at__gte=end_moment(last_day))
    return list(rows.exclude(pk__in=[order.pk for order in but]).order_by("pk"))


def _waiting(contract: Contract) -> QuerySet[Order]:
    return Order.objects.filter(contract=contract, procedure__startswith="cloud.", state=State.ACKNOWLEDGED)


def book(*, contract: Contract, last_day: date, order: Order) -> None:
    """Note the last day of use; what would come later is cancelled. In the caller's transaction."""
    CloudContract.objects.filter(pk=contract.pk).update(ends_on=last_day)
    _cancel(falling_after(contract, last_day=last_day, but=[order]), last_day, order.taken_by)


def unbook(*, contract: Contract) -> None:
    """Take the booked end back. What was cancelled for the end stays cancelled."""
    CloudContract.objects.filter(pk=contract.pk).exclude(stage=Stage.ENDED).update(ends_on=None)


def end(*, contract: Contract, last_day: date, request_id: str, actor: User | None) -> bool:
    """After its last day: no number, no ID, no charge; a trial pays for the period that had begun after its free one.

    In the caller's transaction, safe to repeat; False when the contract had ended already.
    """
    porting.hold_orders(contract.pk)
    cloud = CloudContract.objects.select_for_update(of=("self",)).select_related("contract").get(pk=contract.pk)
    if cloud.stage == Stage.ENDED:
        return False
    now, gone = clock.now(), last_day + calendar.ONE_DAY
    _charge_trial(cloud, last_day, request_id)
    held = holdings.of(cloud)
    porting.withdraw(port_ins=list(CloudPortIn.objects.open().filter(cloud=cloud)), actor=None)
    releasing.end_numbers(numbers=held.numbers, on=gone)
    releasing.end_ids(ids=held.ids, on=gone, now=now)
    rest = Equipment.objects.live().filter(cloud=cloud).exclude(pk__in=still_coming(cloud).values("pk"))
    rest.filter(state__in=["waiting", "preparing"]).update(state=Equipment.State.CANCELLED)
    rest.update(ended_on=gone)
    cloud.stage, cloud.ends_on = Stage.ENDED, last_day
    cloud.save(update_fields=["stage", "ends_on"])
    charges.follow(clouds=[cloud], on=gone)
    Contract.objects.filter(pk=contract.pk).update(state=Contract.State.ENDED, ended_on=last_day)
    detail = {"contract": contract.number, "last_day": last_day.isoformat(), "order": request_id}
    audit.record(action="cloudcontract.ended", obj=cloud, detail=detail, actor=actor)
    return True


def _charge_trial(cloud: CloudContract, last_day: date, request_id: str) -> None:
    """As the confirm page said; a contract that is charged every month has its last month anyhow."""
    if cloud.stage != Stage.TRIAL:
        return
    owed = still_billed(cloud, last_day=last_day)
    if owed.period is None:
        return
    with translation.override("ja"):
        words = str(cloud_items.ONCE_WORDS[cloud_items.TRIAL_MONTH])
    charge_once(
        fees=[
            Fee(
                customer_id=cloud.customer_id,
                contract_id=cloud.pk,
                item=cloud_items.TRIAL_MONTH,
                words=words,
                amount=owed.amount,
                charged_on=last_day,
                cause=f"order:{request_id}",
                subject="",
            )
        ]
    )


def _cancel(orders: Sequence[Order], last_day: date, actor: User | None) -> None:
    """Each with the reason in the language of who ordered it."""
    locked = Order.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=[order.pk for order in orders], state=State.ACKNOWLEDGED
    )
    now = clock.now()
    for order in locked.select_related("actor").order_by("pk"):
        with translation.override(order.actor.language if order.actor else "ja"):
            reason = _("この契約は %(day)s で解約となるため、それより後に反映される変更を取り消しました。") % {
                "day": dateformat.format(last_day, _("Y年n月j日(D)"))
            }
        moved = move([order.pk], State.ACKNOWLEDGED, State.CANCELLED, now=now, actor=actor, reason=reason)
        cancelled = list(Order.objects.filter(pk__in=moved).select_related("contract"))
        give_back(cancelled)
        tell(cancelled, "cancelled", now=now)
