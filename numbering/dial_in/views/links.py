"""What the pages before an order share: whose voice groups they are about."""

from django.db.models import QuerySet

from numbering.dial_in.models import VoiceGroup
from selfcare.accounts.models import Contract, User

FUNCTION = "numbering.dial_in"


def groups_of(user: User) -> QuerySet[VoiceGroup]:
    """The voice groups for which this user's customer may order."""
    contracts = Contract.objects.visible_to(user).with_function(FUNCTION)
    return VoiceGroup.objects.visible_to(user).filter(contract__in=contracts).order_by("code")
