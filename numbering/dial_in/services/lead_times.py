"""The lead times as operators keep them, and those that a new database begins with."""

from typing import Any

from django.db import connections

from numbering.dial_in.models import LeadTime

_Content = LeadTime.Content
#: Business days until operators say otherwise.
DEFAULTS: dict[str, int] = {
    _Content.ADD_050: 5,
    _Content.ADD_0ABJ: 10,
    _Content.FIRST_0ABJ: 20,
    _Content.RESERVED: 5,
    _Content.MANY: 20,
    _Content.PORT: 15,
    _Content.MOVE: 10,
    _Content.TARGETS: 10,
    _Content.NETWORK: 7,
    _Content.MEMBERS_NET: 15,
}


def days() -> dict[str, int]:
    """Business days by content, of every content; one query."""
    kept = dict(LeadTime.objects.values_list("content", "business_days"))
    return {content: kept.get(content, standard) for content, standard in DEFAULTS.items()}


def publish_first(using: str, **_kwargs: Any) -> None:
    """post_migrate: every content has its row, which operators then edit; what they have set stays."""
    if LeadTime._meta.db_table not in connections[using].introspection.table_names():
        return
    LeadTime.objects.using(using).bulk_create(
        (LeadTime(content=content, business_days=standard) for content, standard in DEFAULTS.items()),
        ignore_conflicts=True,
    )
