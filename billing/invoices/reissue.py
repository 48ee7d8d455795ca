"""Issuing an invoice once more: the same facts, marked 再発行. The file that was issued first stays what it is."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from billing.models import Bill, InvoiceFile
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible
from selfcare.work import jobs


def reissue_invoice(*, bill: Bill, reason: str, actor: User) -> int:
    """Ask the workers for the next reissue and return its number.

    Raises NotPossible while the original is still being made. Asking again before it is there asks for the same one.
    """
    with transaction.atomic():
        newest = InvoiceFile.objects.filter(bill=bill).aggregate(newest=Max("revision"))["newest"]
        if newest is None:
            raise NotPossible(_("請求書のPDFはまだ作成中です。できあがってから再発行してください。"))
        revision = int(newest) + 1
        jobs.enqueue(
            kind="billing.reissue",
            key=f"{bill.pk}:{revision}",
            payload={
                "bill": bill.pk,
                "revision": revision,
                "on": calendar.today(clock.now()).isoformat(),
                "reason": reason,
                "actor": actor.pk,
            },
        )
        audit.record(action="invoice.reissued", obj=bill, detail={"revision": revision, "reason": reason}, actor=actor)
    return revision
