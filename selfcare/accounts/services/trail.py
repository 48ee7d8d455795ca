"""Taking a company's audit trail away is in it, too."""

from selfcare.accounts import audit
from selfcare.accounts.models import User


def exported(*, filters: dict[str, str], encoding: str, actor: User) -> None:
    """`filters` by name, as `company_trail.Filters.told` has them."""
    detail = {"filters": filters, "encoding": encoding}
    audit.record(action="audit.exported", customer=actor.customer_id, detail=detail, actor=actor)
