"""A registrar that cannot be attached as it is written is a sentence with a hint."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, register

from numbering.registrar import port


@register()
def registrar_can_be_attached(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Makes the client, which contacts nobody."""
    try:
        port.attached()
    except (ImportError, TypeError, ValueError) as error:
        return [
            checks.Error(
                f"The registrar cannot be attached: {error}",
                hint="REGISTRAR_URL is kamailio+unix:///path, kamailio+udp://host:port, what the class named by"
                " REGISTRAR_CLASS takes, or empty: none is attached.",
                id="numbering.E001",
            )
        ]
    return []
