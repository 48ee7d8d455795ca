"""Sealed secrets: AES-256-GCM with keys from outside the database (settings.VAULT_KEYS).

A sealed value names its key, so that keys can be rotated: the first key seals, every listed key opens. The context
("numbering.letter:secret:42") says which field of which row it belongs to and is authenticated with it: a ciphertext
copied to another row or field does not open.

    blob = version (1 byte) | length of key id (1 byte) | key id | nonce (12 bytes) | ciphertext and tag
"""

import secrets
import string

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = 1
NONCE_BYTES = 12
KEY_BYTES = 32
# Without 0 and O, 1, l and I: passwords are read off paper and typed into telephones (57 characters, 5.8 bits each).
PASSWORD_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


class VaultError(Exception):
    """The value cannot be sealed or opened. The message never holds key or content."""


def _keys() -> list[tuple[str, bytes]]:
    keys: list[tuple[str, bytes]] = settings.VAULT_KEYS
    if not keys:
        raise VaultError("no key is configured")
    return keys


def _cipher(key: bytes) -> AESGCM:
    # AESGCM would take 16 or 24 bytes as well.
    if len(key) != KEY_BYTES:
        raise VaultError(f"a key has {KEY_BYTES} bytes")
    return AESGCM(key)


def seal(plaintext: str, *, context: str) -> bytes:
    """Encrypt under the current key. Every call uses a fresh nonce, so equal texts give different blobs."""
    key_id, key = _keys()[0]
    name = key_id.encode()
    if not 0 < len(name) < 256:
        raise VaultError("a key id has 1 to 255 bytes")
    header = bytes([VERSION, len(name)]) + name
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + _cipher(key).encrypt(nonce, plaintext.encode(), header + context.encode())


def open_sealed(blob: bytes | memoryview, *, context: str) -> str:
    """The plaintext. Raises VaultError when the blob is damaged, moved from elsewhere, or its key is not listed."""
    data = bytes(blob)
    if len(data) < 2 or data[0] != VERSION:
        raise VaultError("not a sealed value")
    header_end = 2 + data[1]
    header, nonce = data[:header_end], data[header_end : header_end + NONCE_BYTES]
    key_id = header[2:].decode(errors="replace")
    key = dict(_keys()).get(key_id)
    if key is None:
        raise VaultError(f"key {key_id!r} is not configured")
    try:
        content = _cipher(key).decrypt(nonce, data[header_end + NONCE_BYTES :], header + context.encode())
    except (InvalidTag, ValueError):
        raise VaultError("the sealed value is damaged or belongs elsewhere") from None
    return content.decode()


def generate_password(length: int = 8) -> str:
    """A random password from A-Z a-z 0-9 without look-alikes."""
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(length))
