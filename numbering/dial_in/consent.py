"""What is agreed to before an order of dial-in numbers; the order keeps which version, and when (spec 5.2, 5.3)."""

from datetime import datetime
from typing import Any

from selfcare import calendar

#: Raised with every change of templates/numbering/dial_in/_privacy.html: who agreed to another text is asked again.
PRIVACY_VERSION = "2026-10"


def given(*, version: str = PRIVACY_VERSION, now: datetime) -> dict[str, str]:
    """What the order's data keeps."""
    return {"version": version, "at": calendar.local(now).isoformat(timespec="seconds")}


def holds(kept: dict[str, Any] | None, *, version: str = PRIVACY_VERSION) -> bool:
    return bool(kept) and (kept or {}).get("version") == version
