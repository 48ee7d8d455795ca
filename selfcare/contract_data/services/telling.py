"""The mails about a change of name or address, beside those that every order has: addressed alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.urls import reverse
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.contract_data.models import IdentityCase
from selfcare.orders import mails
from selfcare.work import outbox

Template = Literal[
    "identity_documents_wanted",
    "identity_letter_posted",
    "identity_letter_returned",
    "identity_reminder",
    "suspension_announced",
    "suspension_lifted",
    "suspension_paused",
    "suspension_returns",
]


def moment_words(moment: datetime) -> str:
    """A day and its time, in the language of the moment."""
    return dateformat.format(calendar.local(moment), _("Y年n月j日(D) H:i"))


def at(name: str, moment: datetime) -> Callable[[], dict[str, Any]]:
    """The moment as a fact of this name, for `words`."""
    return lambda: {name: moment_words(moment)}


def _nothing() -> dict[str, Any]:
    return {}


def tell(
    case: IdentityCase, template: Template, *, words: Callable[[], dict[str, Any]] = _nothing, **facts: Any
) -> None:
    """Queue this mail, in the transaction of what it tells, to the order's addresses and every registered one.

    `words` are asked for in the language of each mail; they and `facts` stand beside the order in the template.
    """
    order = case.order
    base = mails.outgoing([order], "completed")
    known = {mail.to.casefold() for mail in base}
    registered = Contract.objects.active().filter(customer_id=case.customer_id).values_list("mail", flat=True)
    missing = {address for address in registered if address and address.casefold() not in known}
    # A customer who does not read the notification address reads the registered one: a suspension would follow.
    base += [replace(base[0], to=address) for address in sorted(missing)] if base else []
    outbox.send_many([_mail(mail, template, words, facts) for mail in base])


def _mail(
    mail: outbox.Outgoing, template: Template, words: Callable[[], dict[str, Any]], facts: dict[str, Any]
) -> outbox.Outgoing:
    with translation.override(mail.language):
        context = {**mail.context, **facts, **words()}
    page = settings.BASE_URL + reverse("contract_data:contract")
    context["items"] = [{**item, "url": page} for item in mail.context["items"]]
    return replace(mail, template=template, gather="", context=context)
