"""Where the pages of dial-in orders lead: the customer's voice groups, and the forms for them."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from numbering.dial_in.models import VoiceGroup
from selfcare.accounts.models import Contract, User

FUNCTION = "numbering.dial_in"


def groups_of(user: User) -> QuerySet[VoiceGroup]:
    """The voice groups for which this user's customer may order."""
    contracts = Contract.objects.visible_to(user).with_function(FUNCTION)
    return VoiceGroup.objects.visible_to(user).filter(contract__in=contracts).order_by("code")


def address(name: str, **query: Any) -> str:
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)
