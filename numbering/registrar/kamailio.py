"""Kamailio as the registrar: JSON-RPC by datagrams, on a unix socket or by UDP. Its side is kamailio.cfg.

Every call ends by a deadline. An answer counts only for the call whose id it carries: that of an earlier call, which
came too late, is not taken for another one's.
"""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from numbering.registrar.port import Account, RegistrarUnavailable, Registration, Withdrawn
from selfcare import clock

#: Seconds for one account, all its calls together.
PATIENCE = 1.5
#: Seconds for which a mark in `dropping` makes telephones wait; Kamailio counts whole ones, so it may be one more.
_MARK = 2
#: Within this many seconds of the mark what was read is still true.
_TRUE_FOR = 0.8
_LARGEST_ANSWER = 65_536
# Kamailio's words for "there is none", for accounts, contacts and notes.
_NONE = ("not found", "no such", "does not exist")
_ids = count(1)


class _Refused(RegistrarUnavailable):
    """An error object: Kamailio understood and could not."""


@dataclass
class _Channel:
    """One socket, for as long as one question takes; a registrar that was started again has another one."""

    sock: socket.socket
    until: float
    made: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, *params: object) -> Any:
        """The result. Raises _Refused, RegistrarUnavailable."""
        number = next(_ids)
        message = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
        try:
            self._wait()
            self.sock.send(json.dumps(message).encode())
            while True:
                self._wait()
                answer = _read(self.sock.recv(_LARGEST_ANSWER))
                if answer.get("id") == number:
                    break
        except OSError as error:
            raise RegistrarUnavailable(f"{method}: {error or type(error).__name__}") from None
        if "error" in answer:
            raise _Refused(str(answer["error"]))
        return answer.get("result")

    def find(self, method: str, *params: object) -> Any:
        """As `call`; None when there is no such thing."""
        try:
            return self.call(method, *params)
        except _Refused as error:
            if any(word in str(error).lower() for word in _NONE):
                return None
            raise RegistrarUnavailable(f"{method}: {error}") from None

    def _wait(self) -> None:
        left = self.until - clock.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.sock.settimeout(left)


def _read(content: bytes) -> dict[str, Any]:
    try:
        # A telephone's name for itself may hold what JSON does not allow.
        answer = json.loads(content.decode(errors="replace"), strict=False)
    except ValueError:
        raise RegistrarUnavailable("an answer that is not JSON") from None
    return answer if isinstance(answer, dict) else {}


class Kamailio:
    """Implements port.Registrar. `url`: kamailio+unix:///path or kamailio+udp://host:port."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address: str | tuple[str, int]
        if parts.scheme == "kamailio+unix" and parts.path.startswith("/"):
            self._address = parts.path
        elif parts.scheme == "kamailio+udp" and parts.hostname and parts.port:
            self._address = (parts.hostname, parts.port)
        else:
            raise ValueError("the registrar's address must be kamailio+unix:///path or kamailio+udp://host:port")

    def registrations(self, account: Account) -> list[Registration]:
        with self._channel(PATIENCE) as channel:
            return _registrations(channel, account)

    def registrations_of(
        self, accounts: Sequence[Account], *, within: float
    ) -> Mapping[Account, list[Registration] | None]:
        found: dict[Account, list[Registration] | None] = dict.fromkeys(accounts)
        with suppress(RegistrarUnavailable), self._channel(within) as channel:
            for account in found:
                found[account] = _registrations(channel, account)
        return found

    def drop(self, withdrawn: Sequence[Withdrawn]) -> int:
        by_account: dict[Account, set[int]] = {}
        for one in withdrawn:
            by_account.setdefault(one.account, set()).add(one.credential)
        with self._channel(PATIENCE) as channel:
            dropped = 0
            for account, credentials in by_account.items():
                channel.until = clock.monotonic() + PATIENCE
                dropped += _drop(channel, account, credentials)
            return dropped

    def ping(self, *, within: float) -> None:
        with self._channel(within) as channel:
            channel.find("core.uptime")

    @contextmanager
    def _channel(self, seconds: float) -> Iterator[_Channel]:
        until = clock.monotonic() + seconds
        try:
            sock = _connect(self._address, seconds)
        except OSError as error:
            raise RegistrarUnavailable(f"{type(error).__name__}: {error}") from None
        with sock:
            yield _Channel(sock, until)


def _connect(address: str | tuple[str, int], seconds: float) -> socket.socket:
    if isinstance(address, str):
        sock, target = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), address
    else:
        family, kind, _, _, target = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]  # type: ignore[assignment]
        sock = socket.socket(family, kind)
    try:
        sock.settimeout(seconds)
        if isinstance(address, str):
            # An address that the kernel makes up, without a file: to ours, Kamailio, as another user, could not write.
            sock.bind("")
        sock.connect(target)
    except OSError:
        sock.close()
        raise
    return sock


@dataclass(frozen=True)
class _Note:
    """What kamailio.cfg noted beside a registration."""

    credential: int | None = None
    since: datetime | None = None
    address: str = ""


def _contacts(channel: _Channel, account: Account) -> list[dict[str, Any]]:
    answer = channel.find("ul.lookup", "location", str(account)) or {}
    return [one["Contact"] for one in answer.get("Contacts", [])]


def _note(channel: _Channel, account: Account, contact: dict[str, Any]) -> _Note:
    answer = channel.find("htable.get", "made", f"{account} {contact['Address']}")
    try:
        credential, since, address = str(answer["item"]["value"]).split(";", 2)
        return _Note(int(credential), datetime.fromtimestamp(int(since), UTC), address)
    except (KeyError, TypeError, ValueError):
        return _Note()


def _registrations(channel: _Channel, account: Account) -> list[Registration]:
    now = clock.real_now()
    found = []
    for contact in _contacts(channel, account):
        left = contact.get("Expires")
        if not isinstance(left, int) or left <= 0:  # or a word: "expired", "deleted"
            continue
        note = _note(channel, account, contact)
        found.append(
            Registration(
                contact=contact["Address"],
                address=note.address or _host(contact["Address"]),
                user_agent=str(contact.get("User-Agent") or ""),
                since=note.since,
                expires_at=now + timedelta(seconds=left),
                credential=note.credential,
            )
        )
    return found


def _host(contact: str) -> str:
    """The host:port of a SIP URI."""
    return contact.partition(":")[2].rpartition("@")[2].partition(";")[0]


def _drop(channel: _Channel, account: Account, credentials: set[int]) -> int:
    if not _made_with(channel, account, credentials):
        return 0
    # A telephone that registers from here on waits a moment, see kamailio.cfg: what is read now stays true until the
    # mark is taken away.
    channel.call("htable.setxi", "dropping", str(account), 1, _MARK)
    until = clock.monotonic() + _TRUE_FOR
    try:
        contacts = _made_with(channel, account, credentials)
        for contact in contacts:
            if clock.monotonic() > until:
                raise RegistrarUnavailable("it took too long to be sure of what was read")
            channel.find("ul.rm_contact", "location", str(account), contact)
        return len(contacts)
    finally:
        with suppress(RegistrarUnavailable):
            channel.call("htable.delete", "dropping", str(account))


def _made_with(channel: _Channel, account: Account, credentials: set[int]) -> list[str]:
    """The contacts that registered with one of these, or with one that is not known."""
    notes = {contact["Address"]: _note(channel, account, contact) for contact in _contacts(channel, account)}
    return [contact for contact, note in notes.items() if note.credential is None or note.credential in credentials]
