"""What operators do with a request to a carrier that hangs or was refused: retry, complete by hand, fail.

A request that its order drives is the order's own: the same is done with the order. Each leaves an audit event.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from lines.carriers.port import REFUSALS, State
from lines.models import CarrierOrder
from lines.services.closing import close
from lines.services.following_up import SOURCE
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import operating
from selfcare.work import hints

Stage = CarrierOrder.Stage
_UNDER_WAY = (Stage.WAITING, Stage.ASKED, Stage.HELD)


def _locked(carrier_order: CarrierOrder, *, among: tuple[Stage, ...]) -> CarrierOrder:
    row = CarrierOrder.objects.select_for_update(of=("self",)).select_related("order").get(pk=carrier_order.pk)
    if row.stage not in among:
        raise NotPossible(
            _("この依頼は「%(stage)s」のため、この操作はできません。") % {"stage": row.get_stage_display()}
        )
    return row


def retry(*, carrier_order: CarrierOrder, actor: User) -> None:
    """Ask the carrier again. Raises NotPossible for a request that is not held.

    What the carrier has refused for good is asked under a new key, because the old one only brings the old answer;
    everything else under the same, so that nothing is carried out twice.
    """
    if not carrier_order.follows:
        operating.retry(order=carrier_order.order, actor=actor)
        return
    with transaction.atomic():
        row = _locked(carrier_order, among=(Stage.HELD,))
        changes = {"external_id": _new_key(row.external_id), "state": "", "carrier_order_id": "", "reason": ""}
        CarrierOrder.objects.filter(pk=row.pk).update(
            **(changes if row.state in {str(state) for state in REFUSALS} else {}),
            stage=Stage.WAITING,
            next_at=clock.real_now(),
            attempt=0,
            errors=0,
            trouble="",
        )
        audit.record(action="carrier_order.retried", obj=row, detail={"trouble": row.trouble}, actor=actor)
        hints.ring(SOURCE)


def _new_key(external_id: str) -> str:
    """ "<uuid>-plan" becomes "<uuid>-plan~2", then "~3"."""
    first, _tilde, number = external_id.partition("~")
    return f"{first}~{int(number or 1) + 1}"


def complete_by_hand(*, carrier_order: CarrierOrder, note: str, actor: User) -> None:
    """Say that the carrier has carried it out, as one heard by other ways; `note` says how. Raises NotPossible."""
    if not carrier_order.follows:
        operating.complete(order=carrier_order.order, reason=note, actor=actor)
        return
    with transaction.atomic():
        row = _locked(carrier_order, among=_UNDER_WAY)
        close(row, state=State.COMPLETED)
        audit.record(action="carrier_order.completed", obj=row, detail={"note": note}, actor=actor)


def fail(*, carrier_order: CarrierOrder, reason: str, actor: User) -> None:
    """Give it up, with a reason that the customer reads. Raises NotPossible.

    What has taken effect here stays so; the line's page says that the carrier has not followed, and why.
    """
    if not carrier_order.follows:
        operating.refuse(order=carrier_order.order, reason=reason, actor=actor)
        return
    with transaction.atomic():
        row = _locked(carrier_order, among=_UNDER_WAY)
        close(row, state=State.FAILED, reason=reason)
        audit.record(action="carrier_order.failed", obj=row, detail={"reason": reason}, actor=actor)
