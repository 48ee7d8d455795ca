"""The digests of SIP passwords (RFC 3261, RFC 8760) that a registrar asks for. It never needs the password itself."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Digests:
    """Lower-case hex. `ha1b` is for telephones whose digest username carries the domain; SHA-256 for a later switch."""

    ha1: str
    ha1b: str
    ha1_sha256: str


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digests(*, username: str, realm: str, password: str) -> Digests:
    account = f"{username}:{realm}:{password}"
    return Digests(
        ha1=_md5(account),
        ha1b=_md5(f"{username}@{realm}:{realm}:{password}"),
        ha1_sha256=hashlib.sha256(account.encode()).hexdigest(),
    )


def service_digest(*, username: str, realm: str, password: str) -> str:
    """付加サービスパスワード: 64 hex digits, bound to the number and to this use."""
    return hashlib.sha256(f"{username}:service.{realm}:{password}".encode()).hexdigest()
