"""Passkeys as the standard has them (WebAuthn level 3): questions to a browser, and whether its answer is right.

Nothing here asks the database about answers: what strangers send is taken apart before anything is looked up.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    encode_cbor,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from selfcare.accounts.models import User

#: Answers are some hundred bytes; attestations with certificates are not asked for.
LONGEST_ANSWER = 32_768
#: The standard's.
LONGEST_ID = 1023
#: The column's; authenticators that count begin at 0 and count logins.
LARGEST_COUNT = 2**31 - 1
_log = logging.getLogger(__name__)


class Helper(WebAuthnHelper):  # type: ignore[misc]  # the library is untyped
    """The library's questions, stricter: the key stays in the authenticator and opens to its owner only, so that it
    is both factors at once."""

    def get_discoverable_credentials_preference(self) -> ResidentKeyRequirement:
        return ResidentKeyRequirement.REQUIRED

    def get_credential_display_name(self, user: User) -> str:
        return user.display_name

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        wanted["authenticator_selection"] = AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED,
            resident_key=self.get_discoverable_credentials_preference(),
        )
        return wanted


def helper() -> Helper:
    """The library wants a request for settings that depend on it; ours do not."""
    return Helper(request=None)


@dataclass(frozen=True)
class Answer:
    """What an authenticator says for a login, taken apart and not believed yet."""

    credential: AuthenticationCredential

    @property
    def digest(self) -> str:
        """By which the passkey that it claims to be is found."""
        return hashlib.sha256(self.credential.raw_id).hexdigest()

    @property
    def user_handle(self) -> bytes | None:
        return self.credential.response.user_handle


def read(answer: str) -> Answer | None:
    """None for what no authenticator says."""
    parsed = _parsed(answer)
    if parsed is None:
        return None
    try:
        return Answer(parse_authentication_credential_json(parsed))
    except Exception as error:  # bytes of strangers, taken apart by others' code
        _not_understood(error)
        return None


def checked(answer: Answer, *, challenge: str, passkey: WebAuthnCredential | None) -> VerifiedAuthentication | None:
    """Whether the passkey has answered this challenge, for this host and after its owner's finger, face or PIN.

    Without a passkey the same is computed with a key that nobody has. A sign counter that does not grow is refused:
    there would be two of that authenticator.
    """
    known = passkey or _NOBODY
    rules = helper()
    try:
        right = verify_authentication_response(
            credential=answer.credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rules.get_relying_party_domain(),
            expected_origin=rules.get_allowed_origins(),
            credential_public_key=bytes(known.public_key),
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        _not_understood(error)
        return None
    return right if passkey is not None and right.new_sign_count <= LARGEST_COUNT else None


def registered(answer: str, *, challenge: str, user: User) -> WebAuthnCredential | None:
    """The new passkey, not saved yet; None where the answer is not right."""
    parsed = _parsed(answer)
    if parsed is None:
        return None
    rules = helper()
    try:
        credential = parse_registration_credential_json(parsed)
        response = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rules.get_relying_party_domain(),
            expected_origin=rules.get_allowed_origins(),
            require_user_verification=True,
        )
        made: WebAuthnCredential = rules.create_credential(user, response, credential, parsed)
    except Exception as error:  # as above
        _not_understood(error)
        return None
    return made if made.sign_count <= LARGEST_COUNT and len(made.credential_id) <= LONGEST_ID else None


def _parsed(answer: str) -> dict[str, Any] | None:
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _not_understood(error: Exception) -> None:
    # Without the text: it may hold what was sent.
    _log.info("A passkey's answer was refused.", extra={"error": type(error).__name__})


def _nobodys_key() -> bytes:
    """An ES256 public key (COSE) whose private half is forgotten at once."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})


_NOBODY = WebAuthnCredential(public_key=_nobodys_key(), sign_count=0)
