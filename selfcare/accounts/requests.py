"""The request as customer views see it, behind `customer_view`."""

from django.http import HttpRequest

from selfcare.accounts.models import User


class CustomerRequest(HttpRequest):
    """A request of a customer's user who has passed every step of the login."""

    user: User  # never anonymous behind the decorator
