"""「ID・番号が分からない」: IDs, contracts and order numbers under a registered address, by mail to that address.

The same by post is in `by_post.py`."""

from django.db.models import Q

from selfcare.accounts.models import Contract, Customer, User
from selfcare.accounts.services.passwords import open_asked
from selfcare.orders.models import Order
from selfcare.work import jobs
from selfcare.work.models import Job
from selfcare.work.outbox import Outgoing, send

#: The newest order numbers of a contract: enough to be found by when calling.
ORDERS = 3


@jobs.job("accounts.send_lost_id")
def send_lost_id(row: Job) -> None:
    """One mail for all customers that registered this address; none where nobody did."""
    email = open_asked(row)["email"]
    registered = Contract.objects.active().filter(mail__iexact=email).values("customer")
    customers = Customer.objects.filter(
        Q(pk__in=registered) | Q(users__code_email__iexact=email), state=Customer.State.ACTIVE
    ).distinct()
    found = [_about(customer, email) for customer in customers.order_by("pk")]
    if not found:
        return
    language = User.objects.filter(customer__in=customers).order_by("pk").values_list("language", flat=True).first()
    send(Outgoing(template="lost_id", to=email, context={"customers": found}, language=language or "ja"))


def _about(customer: Customer, email: str) -> dict[str, object]:
    """What this address may learn of the customer: all logins where it is the contract's, else only its own."""
    contracts = list(customer.contracts.filter(state=Contract.State.ACTIVE).order_by("started_on", "pk"))
    users = User.objects.filter(customer=customer, is_active=True).order_by("selfcare_id")
    if email.casefold() not in {contract.mail.casefold() for contract in contracts}:
        users = users.filter(code_email__iexact=email)
    return {
        "name": customer.name,
        "ids": list(users.values_list("selfcare_id", flat=True)),
        "contracts": [{"number": contract.number, "orders": order_numbers(contract)} for contract in contracts],
    }


def order_numbers(contract: Contract) -> list[str]:
    """The newest リクエストID of the contract, newest first."""
    return [order.request_id for order in Order.objects.accepted().filter(contract=contract).order_by("-id")[:ORDERS]]
