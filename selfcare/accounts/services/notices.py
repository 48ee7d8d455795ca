"""Telling a user what happened to the login. Queued as jobs where the request must not show whether a user exists."""

from datetime import datetime

from selfcare.accounts import context
from selfcare.accounts.models import Role, User
from selfcare.accounts.services.addresses import code_address
from selfcare.work import jobs
from selfcare.work.models import Job
from selfcare.work.outbox import Outgoing, send, send_many


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


def tell_change(user: User, template: str, **words: str) -> None:
    """Queue a mail about a change of the user's login: to the user's own address and to those of all the company's
    owners who can log in, each address once, in its reader's language.

    The templates' `name` is the reader's, `selfcare_id` the changed login; `is_own` tells the two mails apart.
    """
    owners = User.objects.of_customer(user).filter(role=Role.OWNER, is_active=True, suspended_at=None, locked_at=None)
    told: set[str] = set()
    mails = []
    for reader in [user, *owners.exclude(pk=user.pk).order_by("pk")]:
        to = code_address(reader)
        if not to or to.casefold() in told:
            continue
        told.add(to.casefold())
        context_words = {"selfcare_id": user.selfcare_id, "name": reader.display_name, **words}
        mails.append(
            Outgoing(
                template=template,
                to=to,
                context={**context_words, "is_own": reader.pk == user.pk},
                customer_id=user.customer_id,
                language=reader.language,
            )
        )
    send_many(mails)


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
