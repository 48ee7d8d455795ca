"""A thread with its files, for the pages of both sides: two questions however long it is."""

from collections import defaultdict

from selfcare.documents.models import Document
from selfcare.inquiries.models import Inquiry, Message


def thread(inquiry: Inquiry, *, with_notes: bool = False) -> list[Message]:
    """Oldest first, each with `attached`; operators' notes among themselves only where asked for."""
    found = inquiry.messages.select_related("author").order_by("pk")
    messages = list(found if with_notes else found.filter(is_internal=False))
    held: dict[str, list[Document]] = defaultdict(list)
    for document in Document.objects.filter(holder__in=[one.key for one in messages if one.key]).order_by("pk"):
        held[document.holder].append(document)
    for message in messages:
        message.attached = held[message.key or ""]
    return messages
