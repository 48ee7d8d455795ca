"""A draft that wishes the same as an order of before."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.orders import repeating
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.drafts import MARK, new_draft, save_draft


def order_again(*, order: Order, now: datetime, actor: User) -> Order:
    """A draft of `actor`'s with the order's data; prices, promise and checks are those of its own confirm page.

    Raises NotPossible. Pressed twice, even at once, it is one draft: the second waits for the first and finds it.
    """
    data = repeating.wish(order, actor)
    if data is None:
        raise NotPossible(_("このお申し込みは、同じ内容では申し込めません。"))
    # What was sealed beside it is gone, and with it its mark.
    data.pop(MARK, None)
    procedure = order.handler
    subjects = procedure.subject._default_manager
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        subject = subjects.visible_to(actor).filter(pk=order.subject_id).first()  # type: ignore[attr-defined]
        if subject is None:
            raise NotPossible(_("お申し込みの対象がなくなったため、同じ内容では申し込めません。"))
        draft = new_draft(procedure=procedure, subject=subject, contract=order.contract, now=now, actor=actor)
        return save_draft(order=draft, data=data, now=now, actor=actor)
