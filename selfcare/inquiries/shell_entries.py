"""What menu, home and search show of inquiries."""

from typing import Any

from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.inquiries import faq
from selfcare.inquiries.models import Inquiry
from selfcare.inquiries.models.inquiries import InquiryQuerySet
from selfcare.shell import standing
from selfcare.shell.search import Hit

#: Articles that one search of the portal shows.
_HITS = 5
ANNOTATION = "customers_unread_answers"


def unread(request: HttpRequest) -> int:
    """Answers that nobody of the customer has seen; counted in the statement that reads the contracts, where any is."""
    user = standing.customer_user(request)
    if user is None:
        return 0
    if not hasattr(request, "_inquiries_unread"):
        contract = next(iter(standing.contracts(request)), None)
        found = getattr(contract, ANNOTATION) if contract else _unseen(user).count()
        request._inquiries_unread = found  # type: ignore[attr-defined]
    return int(request._inquiries_unread)  # type: ignore[attr-defined]


def count_unread(user: User) -> Any:
    """The same number as SQL, worked out once a statement."""
    counted = _unseen(user).order_by().values("customer").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _unseen(user: User) -> InquiryQuerySet:
    return Inquiry.objects.visible_to(user).filter(is_unread=True)


def panel(request: HttpRequest) -> dict[str, Any] | None:
    count = unread(request)
    return {"count": count} if count else None


def tickets(user: User, query: str) -> list[Hit]:
    """The inquiry with this number."""
    word = query.strip()
    found = Inquiry.objects.visible_to(user).with_ticket(word) if word[:1] in ("q", "Q") else []
    return [
        Hit(
            title=one.ticket,
            url=one.get_absolute_url(),
            text=_("%(category)s（%(state)s）")
            % {"category": one.get_category_display(), "state": one.get_state_display()},
        )
        for one in found
    ]


def articles(_user: User, query: str) -> list[Hit]:
    """Articles for words; digits are numbers, which stand in none."""
    if not any(character.isalpha() for character in query):
        return []
    found = faq.find(query, most=_HITS)
    return [Hit(title=one.shown_title, url=one.get_absolute_url(), text=one.get_category_display()) for one in found]
