"""What operators read of a number's SIP passwords: since when, until when, what one could go back to. Never digests."""

from datetime import datetime

from django.utils import dateformat
from django.utils.translation import gettext as _

from numbering.models import Assignment, Credential
from numbering.services import sip_password_operating, sip_passwords
from selfcare import calendar, clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import Row


def of_order(order: Order) -> list[Row]:
    """Withdrawal and reflection as the rows have them, which is what the registrar goes by."""
    made = Credential.objects.filter(order=order).select_related("replaces").first()
    rows = []
    if order.due_at is not None and order.procedure == sip_passwords.CHANGE:
        rows.append(Row(_("予定された反映時刻"), _moment(order.due_at)))
    if made is None:
        rows.append(Row(_("新しいパスワード"), _("ありません（取り消されたか、使われなくなって消去されました）")))
        return rows
    old = made.replaces
    ended = _moment(old.live.upper) if old is not None else _("消去されました")
    rows.append(Row(_("前のパスワードの停止"), ended))
    rows.append(Row(_("新しいパスワードの開始"), _moment(made.live.lower)))
    if made.live.upper is not None:
        rows.append(Row(_("新しいパスワードの終了"), _moment(made.live.upper)))
    return rows


def of_number(assignment: Assignment) -> str:
    """One sentence about the live password, and whether one can go back."""
    now = clock.now()
    live = sip_passwords.current([assignment], now=now).get(assignment.number_id)
    since = _("%(at)s から有効。") % {"at": _moment(live.live.lower)} if live else ""
    back = sip_password_operating.obstacle(assignment, now=now) or _("前のパスワードに戻せます。")
    return f"{since}{back}"


def _moment(moment: datetime | None) -> str:
    return dateformat.format(calendar.local(moment), _("Y/n/j(D) H:i:s")) if moment else ""
