"""Pages of large tables."""

from functools import cached_property

from django.db.models import QuerySet

from selfcare.staff.generics import AnyPaginator

#: Nobody turns two hundred pages; whoever looks for something older narrows the list.
COUNTED = 10_000


class CappedPaginator(AnyPaginator):
    """Counts at most COUNTED rows: an exact count of millions costs seconds and tells nobody anything."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[:COUNTED].count() if isinstance(rows, QuerySet) else len(rows)
