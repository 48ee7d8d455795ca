"""What a customer sets for a number: its name, and the IDs at which it rings (several together)."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudId, CloudNumber, Ringing
from numbering.cloud.services import ids
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible


def set_up(*, number: CloudNumber, label: str, rings_at: Collection[CloudId], actor: User) -> None:
    """Raises NotPossible where a FAX number would be used by no ID, or the number is gone."""
    with transaction.atomic():
        ids.lock(number.cloud_id)
        locked = CloudNumber.objects.live().select_for_update(no_key=True).filter(pk=number.pk).first()
        if locked is None:
            raise NotPossible(_("この番号は、すでに解約されています。"))
        before = {one.pk: one.login_name for one in CloudId.objects.filter(ringing__number=locked)}
        # What ended while the form was open rings no more.
        live = CloudId.objects.live().filter(pk__in=[one.pk for one in rings_at])
        wanted = dict(live.values_list("pk", "login_name"))
        Ringing.objects.filter(number=locked, cloud_id__in=before.keys() - wanted.keys()).delete()
        fresh = sorted(wanted.keys() - before.keys())
        Ringing.objects.bulk_create([Ringing(number=locked, cloud_id_id=pk) for pk in fresh])
        ids.require_fax_used(numbers=[locked])
        detail = {"number": locked.digits}
        if before != wanted:
            detail |= {"ids": " ".join(sorted(wanted.values()))}
        if label != locked.label:
            detail |= {"label": label}
        locked.label = label
        locked.save(update_fields=["label"])
        if len(detail) > 1:
            audit.record(action="cloudnumber.changed", obj=locked, detail=detail, actor=actor)
