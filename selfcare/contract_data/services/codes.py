"""The code in a letter: eight digits that nothing else tells. The table keeps a digest that needs the server's key."""

import hmac
import secrets

from django.utils.crypto import salted_hmac

from selfcare import text
from selfcare.contract_data.models import CheckLetter

DIGITS = 8


def make() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def digest(letter: CheckLetter, code: str) -> str:
    """Bound to the letter: the same code in another one has another digest."""
    return salted_hmac(f"selfcare.contract_data.code:{letter.uuid}", code, algorithm="sha256").hexdigest()


def matches(letter: CheckLetter, code: str) -> bool:
    return hmac.compare_digest(letter.code_digest, digest(letter, code))


def typed(code: str) -> str:
    """As people type it: any width, with the hyphen or the space that the letter sets."""
    return "".join(character for character in text.normalize_identifier(code) if character not in "- ー−‐")
