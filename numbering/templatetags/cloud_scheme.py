"""What the page of a switch to the new scheme shows of it."""

from django import template

from numbering.cloud.models import SchemeResult
from numbering.cloud.services import scheme
from selfcare.orders.models import Order

register = template.Library()


@register.simple_tag
def scheme_results(order: Order) -> list[SchemeResult]:
    """`{% scheme_results order as rows %}`"""
    return scheme.results(order)
