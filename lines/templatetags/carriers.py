"""`{% carrier_health %}`: what customers read while a carrier does not answer; nothing when all is well."""

from typing import Any

from django import template

from lines.carriers import health

register = template.Library()


@register.inclusion_tag("lines/_carrier_health.html")
def carrier_health(carrier: str = "") -> dict[str, Any]:
    """For the pages of lines; with the carrier of the one line that a page is about, only about that one."""
    return {"standings": [each for each in health.standing() if carrier in ("", each.carrier)]}
