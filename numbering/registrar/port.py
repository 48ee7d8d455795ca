"""What the portal asks of a registrar, whatever the registrar is.

A registrar lets telephones in by itself, from the view `registrar.subscriber`. The portal asks it for two things only:
which telephones are registered, and to drop the registrations of a password that has ended. Nothing here may be
called inside a transaction, and everything here ends by a deadline of its own.

An operator's own registrar (a B2BUA, a session border controller) is attached by a class: REGISTRAR_CLASS names it,
REGISTRAR_URL is the one argument it is made with.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Account:
    """An address of record. `username`: the number's digits; `realm`: the domain in lower case."""

    username: str
    realm: str

    def __str__(self) -> str:
        return f"{self.username}@{self.realm}"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One telephone that is registered. Times are aware and real.

    `contact` is the SIP URI it gave, `address` is "host:port" from where it registered, `since` is when it did so
    first without a gap (None: not known), `expires_at` is when it must have done so again. `credential` is the id of
    the numbering.Credential whose password it used last (None: not known).
    """

    contact: str
    address: str
    user_agent: str
    since: datetime | None
    expires_at: datetime
    credential: int | None


@dataclass(frozen=True)
class Withdrawn:
    """A password that has ended: the account, and the id of the numbering.Credential."""

    account: Account
    credential: int


class RegistrarUnavailable(Exception):
    """No usable answer in time; what was asked for may or may not have been done. Asking again is always safe."""


class Registrar(Protocol):
    def registrations(self, account: Account) -> list[Registration]:
        """The telephones that are registered now, [] when there is none. Raises RegistrarUnavailable."""

    def registrations_of(
        self, accounts: Sequence[Account], *, within: float
    ) -> Mapping[Account, list[Registration] | None]:
        """The same for a page full of accounts, in `within` seconds for all of them together.

        Never raises: what could not be learned in time is None.
        """

    def drop(self, withdrawn: Sequence[Withdrawn]) -> int:
        """Drop every registration made with these passwords, or with one that is not known; return how many.

        One that a telephone makes meanwhile with another password stays. An account without registrations is no
        error. Raises RegistrarUnavailable: then some may have been dropped, and all may be asked for again.
        """

    def ping(self, *, within: float) -> None:
        """Returns when the registrar answers within that many seconds. Raises RegistrarUnavailable."""


def attached() -> Registrar | None:
    """The registrar of the settings, None when there is none. One per process: sockets are not shared by a fork."""
    if not settings.REGISTRAR_URL:
        return None
    return _made(settings.REGISTRAR_CLASS, settings.REGISTRAR_URL, os.getpid())


@lru_cache(maxsize=4)
def _made(path: str, url: str, _process: int) -> Registrar:
    made: Registrar = import_string(path)(url)
    return made
