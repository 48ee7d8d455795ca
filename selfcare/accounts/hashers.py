"""How passwords are stored and compared."""

import base64
import secrets
import threading
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, is_password_usable
from django.utils.crypto import get_random_string

# Every hash takes 19 MiB and a core for a moment: a burst of logins queues up instead of taking the machine.
_AT_ONCE = threading.BoundedSemaphore(4)


class Argon2(Argon2PasswordHasher):
    """argon2id, 2 passes over 19 MiB in one lane, as OWASP's password storage sheet recommends."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _AT_ONCE:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _AT_ONCE:
            return super().verify(password, encoded)


@cache
def _nobodys_password() -> str:
    """A stored password that no text matches, with today's parameters: comparing with it costs what any other does.

    Put together, not hashed, so that the first login of a process is not slower than the next.
    """
    parameters = Argon2().params()  # type: ignore[attr-defined]  # missing in the stubs
    salt, digest = (
        base64.b64encode(part).decode().rstrip("=")
        for part in (get_random_string(22).encode(), secrets.token_bytes(parameters.hash_len))
    )
    costs = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"argon2$argon2id$v={parameters.version}${costs}${salt}${digest}"


def check(password: str, encoded: str | None) -> bool:
    """Whether `password` is the stored one. Exactly one hash is computed, also when nothing usable is stored."""
    stored = encoded if encoded and is_password_usable(encoded) else _nobodys_password()
    return check_password(password, stored)
