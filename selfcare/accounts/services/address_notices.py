"""Telling everybody whom a change of an address concerns, each address once."""

from collections.abc import Sequence

from selfcare.accounts.models import Role, User
from selfcare.accounts.services.addresses import code_address
from selfcare.work.outbox import Outgoing, send_many

#: An address, and whose language and name the mail to it has.
Reader = tuple[str, User]


def tell(template: str, *, readers: Sequence[Reader], **words: str) -> None:
    """Queue one mail to each address that is not empty; the templates' `name` is the reader's."""
    told = {address.casefold(): (address, user) for address, user in reversed(readers) if address}
    send_many(
        [
            Outgoing(
                template=template,
                to=address,
                context={"name": user.display_name, **words},
                customer_id=user.customer_id,
                language=user.language,
            )
            for address, user in reversed(told.values())
        ]
    )


def owners_of(customer_id: int) -> list[Reader]:
    """The owners of the company who can log in."""
    owners = User.objects.filter(
        customer_id=customer_id, role=Role.OWNER, is_active=True, suspended_at=None, locked_at=None
    )
    return [(code_address(owner), owner) for owner in owners.order_by("pk")]
