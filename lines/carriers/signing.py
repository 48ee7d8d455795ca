"""Signatures of messages between the portal and a carrier; see selfcare/outside/signing.py."""

from selfcare.outside.signing import EVENT as EVENT
from selfcare.outside.signing import REQUEST as REQUEST
from selfcare.outside.signing import WINDOW as WINDOW
from selfcare.outside.signing import SignatureError as SignatureError
from selfcare.outside.signing import Signing
from selfcare.outside.signing import signature as signature

_CARRIER = Signing("X-Carrier")

TIMESTAMP_HEADER = _CARRIER.timestamp_header
SIGNATURE_HEADER = _CARRIER.signature_header
headers = _CARRIER.headers
verify = _CARRIER.verify
