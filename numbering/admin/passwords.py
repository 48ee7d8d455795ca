"""What operators do with changes of SIP passwords, on the pages of orders and numbers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.models import Assignment, Credential, Number, NumberState
from numbering.services import sip_password_operating, sip_passwords
from selfcare import clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, subject_of
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from selfcare.staff import operations, placing
from selfcare.staff.base import operator
from selfcare.staff.operations import CustomerReasonForm, NoForm, Operation

RESTORATION = "numbering.sip_password_restore"


def register() -> None:
    """Give the pages of orders their buttons."""
    for operation in (FORCE, WITHDRAW, RESTORE):
        operations.register(Order, operation)


def _force(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    sip_password_operating.force(order=order, reason=data["reason"], actor=operator(request))
    return _("新しいパスワードを反映しました。")


def _withdraw(request: HttpRequest, order: Order, data: dict[str, Any]) -> str:
    cancel(order=order, reason=data["reason"], actor=operator(request))
    return _("変更を取りやめました。元のパスワードがすぐに使えます。")


def _restore(request: HttpRequest, order: Order, data: dict[str, Any]) -> HttpResponse:
    return redirect(placing.url(RESTORATION, subject_of(order)))


def _is_waiting(order: Order) -> bool:
    return order.procedure == sip_passwords.CHANGE and order.can_cancel(clock.now())


def _can_be_restored(order: Order) -> bool:
    """Only the order that the live password comes from: further back there are other passwords to be asked about."""
    if order.procedure not in (sip_passwords.CHANGE, RESTORATION) or order.state != State.COMPLETED:
        return False
    now = clock.now()
    if not Credential.objects.filter(order=order, live__contains=now).exists():
        return False
    return not sip_password_operating.obstacle(subject_of(order), now=now)


def in_use(number: Number) -> Assignment | None:
    return Assignment.objects.active().filter(number=number).first()


def number_can_go_back(number: Any) -> bool:
    assignment = in_use(number) if number.state == NumberState.ASSIGNED else None
    return assignment is not None and not sip_password_operating.obstacle(assignment, now=clock.now())


def restore_number(request: HttpRequest, number: Number, data: dict[str, Any]) -> HttpResponse:
    assignment = in_use(number)
    if assignment is None:
        raise NotPossible(_("この番号は現在ご利用中ではないため、元のパスワードに戻せません。"))
    return redirect(placing.url(RESTORATION, assignment))


FORCE = Operation(
    "force",
    gettext_lazy("いま反映する"),
    "staff.operate_orders",
    _force,
    form=CustomerReasonForm,
    possible=_is_waiting,
    text=gettext_lazy(
        "予定の時刻を待たずに、新しいパスワードをいま使えるようにします。元のパスワードはすぐに使えなくなります。"
    ),
)
WITHDRAW = Operation(
    "withdraw",
    gettext_lazy("変更を取りやめる"),
    "staff.operate_orders",
    _withdraw,
    form=CustomerReasonForm,
    possible=_is_waiting,
    text=gettext_lazy("反映待ちの変更を取り消します。元のパスワードがすぐに使えるようになります。"),
)
RESTORE = Operation(
    "restore",
    gettext_lazy("元のパスワードに戻す"),
    "staff.place_orders",
    _restore,
    form=NoForm,
    possible=_can_be_restored,
    text=gettext_lazy("反映済みの変更の前のパスワードを、理由を添えてすぐに有効にします。"),
)
