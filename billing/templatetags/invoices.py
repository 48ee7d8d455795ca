"""Amounts in the columns of an invoice, which say their unit once, in the heading."""

from django import template

register = template.Library()


@register.filter
def plain(amount: int) -> str:
    """-1234 as -1,234."""
    return f"{amount:,}"
