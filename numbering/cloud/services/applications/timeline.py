"""What happened to an application: for the applicant's timeline and for the audit trail, in one step."""

from datetime import datetime
from typing import Any

from numbering.cloud.models import ApplicationEvent, CloudApplication
from selfcare.accounts import audit
from selfcare.accounts.models import User

What = ApplicationEvent.What


def tell(
    application: CloudApplication,
    what: What,
    *,
    at: datetime,
    words: str = "",
    detail: dict[str, Any] | None = None,
    actor: User | None = None,
) -> None:
    """Call it in the transaction of the change. `words` are read by the applicant, `detail` by the trail."""
    staff = actor if actor is not None and actor.is_staff else None
    ApplicationEvent.objects.create(application=application, what=what, words=words, at=at, actor=staff)
    audit.record(
        action=f"cloudapplication.{what}",
        obj=application,
        customer=application.customer_id,
        detail={"code": application.code, **(detail or {})},
        actor=actor,
    )
