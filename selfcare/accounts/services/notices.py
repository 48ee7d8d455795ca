"""Telling a user what happened to the login. Queued as jobs where the request must not show whether a user exists."""

from datetime import datetime

from selfcare.accounts import context
from selfcare.accounts.models import User
from selfcare.accounts.services.addresses import code_address
from selfcare.work import jobs
from selfcare.work.models import Job
from selfcare.work.outbox import Outgoing, send


def login_refused(*, user: User | None, key: str, at: datetime) -> None:
    """Too many failures: the pair is refused from now on. Unknown users cost the same row."""
    jobs.enqueue(
        kind="accounts.login_refused",
        key=f"{key}:{int(at.timestamp())}",
        payload={"user": user.pk if user else None, "address": context.current().address},
    )


@jobs.job("accounts.login_refused")
def tell_login_refused(row: Job) -> None:
    """The mail about it, to users that exist and have an address."""
    user = User.objects.filter(pk=row.payload["user"]).first()
    if user is not None:
        tell(user, "login_refused", address=row.payload["address"] or "")


def tell(user: User, template: str, **words: str) -> None:
    """Queue a mail about the login to the user's own address; nothing where there is none."""
    to = code_address(user)
    if not to:
        return
    send(
        Outgoing(
            template=template,
            to=to,
            context={"selfcare_id": user.selfcare_id, "name": user.display_name, **words},
            customer_id=user.customer_id,
            language=user.language,
        )
    )
