"""Links that mails carry. The mail alone knows the token; tables keep its digest (column `token_digest`, unique).

    link = links.make()
    Invitation.objects.create(token_digest=link.digest, ...)
    send(Outgoing(..., secret=link.path("accounts:invitation"), ...))  # its text: {{ base_url }}{{ secret }}
    links.named(Invitation.objects.open(), token).select_for_update().first()

Opening a link uses nothing up, because scanners of mail open every link first: only a POST of its page does.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.urls import reverse

#: 256 bits: nobody meets one by trying, so that a digest without a salt or a costly hash is enough.
_BYTES = 32
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Link:
    token: str = field(repr=False)
    digest: str

    def path(self, name: str) -> str:
        """The absolute path of the page `name`, which takes the token. A secret: only into a mail's sealed part."""
        return reverse(name, args=[self.token])


def make() -> Link:
    token = secrets.token_urlsafe(_BYTES)
    return Link(token, digest(token))


def digest(token: str) -> str:
    """SHA-256 in hexadecimal, of whatever an address held in the token's place."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def named(rows: QuerySet[Row], token: str) -> QuerySet[Row]:
    """Those of `rows` that the token belongs to: one or none.

    One look-up of a digest in an index for every token, right, wrong or shapeless. How far a digest agrees with a
    stored one tells nothing about the token, so that the time of the look-up may be measured.
    """
    return rows.filter(token_digest=digest(token))
