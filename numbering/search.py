"""Finding one's own numbers by any part of them; hyphens and full width accepted."""

from numbering.models.assignments import AssignmentQuerySet
from selfcare import phones


def matching(assignments: AssignmentQuerySet, query: str) -> AssignmentQuerySet:
    """Those whose number contains the digits of `query`; none for a query that is no part of a number."""
    digits = phones.search_digits(query)
    return assignments.filter(digits__contains=digits) if digits else assignments.none()
