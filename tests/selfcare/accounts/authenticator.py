"""An authenticator made of software: keeps keys, and answers a browser's questions as a telephone would.

phone = Authenticator()
answer = phone.create(options)      # what the form's hidden field holds
answer = phone.get(options, origin="https://elsewhere.example")
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

USER_PRESENT, USER_VERIFIED, CAN_BE_BACKED_UP, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
#: A person was there and showed a finger.
SEEN = USER_PRESENT | USER_VERIFIED


@dataclass
class Passkey:
    id: bytes
    key: ec.EllipticCurvePrivateKey
    user_handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """`counts`: a security key counts its signatures; a synchronised passkey says 0 for ever."""

    counts: bool = True
    passkeys: list[Passkey] = field(default_factory=list)

    def create(
        self,
        options: dict[str, Any],
        *,
        flags: int = SEEN,
        origin: str = "",
        challenge: str = "",
        reuse: bool = False,
    ) -> str:
        """Make a passkey (or show the newest again) and answer with its public key, attestation "none"."""
        if not reuse:
            key = ec.generate_private_key(ec.SECP256R1())
            self.passkeys.append(Passkey(secrets.token_bytes(32), key, base64url_to_bytes(options["user"]["id"])))
        made = self.passkeys[-1]
        point = made.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + len(made.id).to_bytes(2, "big") + made.id + cbor2.dumps(public)
        data = _authenticator_data(options["rp"]["id"], flags | HAS_KEY, made.count) + attested
        response = {
            "clientDataJSON": _client_data("webauthn.create", challenge or options["challenge"], origin),
            "attestationObject": _text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal"],
        }
        return _answer(made, response, {"credProps": {"rk": True}})

    def get(
        self,
        options: dict[str, Any],
        *,
        flags: int = SEEN,
        origin: str = "",
        challenge: str = "",
        host: str = "",
        user_handle: bytes | None = None,
    ) -> str:
        """Sign with the passkey asked for, else with the newest."""
        allowed = {base64url_to_bytes(one["id"]) for one in options.get("allowCredentials", [])}
        passkey = next((one for one in self.passkeys if one.id in allowed), self.passkeys[-1])
        if self.counts:
            passkey.count += 1
        data = _authenticator_data(host or options["rpId"], flags, passkey.count)
        client_data = _client_data("webauthn.get", challenge or options["challenge"], origin)
        signed = data + hashlib.sha256(base64url_to_bytes(client_data)).digest()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": _text(data),
            "signature": _text(passkey.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": _text(passkey.user_handle if user_handle is None else user_handle),
        }
        return _answer(passkey, response, {})


def _authenticator_data(host: str, flags: int, count: int) -> bytes:
    return hashlib.sha256(host.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")


def _client_data(kind: str, challenge: str, origin: str) -> str:
    said = {"type": kind, "challenge": challenge, "origin": origin or settings.BASE_URL, "crossOrigin": False}
    return _text(json.dumps(said).encode())


def _answer(passkey: Passkey, response: dict[str, Any], extensions: dict[str, Any]) -> str:
    return json.dumps(
        {
            "id": _text(passkey.id),
            "rawId": _text(passkey.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": extensions,
            "response": response,
        }
    )


def _text(content: bytes) -> str:
    return bytes_to_base64url(content)
