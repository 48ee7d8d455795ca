"""Which browser session placed an order: what only that session may see (new passwords) hangs on it."""

import hashlib

from django.http import HttpRequest


def digest(request: HttpRequest) -> str:
    """A digest of the session's key; the key itself is stored nowhere but in the session table."""
    key = request.session.session_key or ""
    return hashlib.sha256(f"orders.session:{key}".encode()).hexdigest() if key else ""
