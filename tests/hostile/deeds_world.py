"""What a deed that the audit trail is asked about works with: the people, and how a deed is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selfcare.accounts.models import Contract, Customer, User

NEW, JOINING = "vier-grüne-Igel-lesen", "fünf-graue-Dachse-zählen"
MAIL = "new@customer.example"


@dataclass
class World:
    owner: User
    member: User
    operator: User
    contract: Contract
    #: The token of the newest mailed link, after the workers have run.
    token: Callable[[], str]

    def free_choice(self) -> None:
        Contract.objects.filter(pk=self.contract.pk).update(kind=Contract.Kind.MOBILE)
        Customer.objects.filter(pk=self.contract.customer_id).update(login_policy=Customer.LoginPolicy.CHOICE)

    def fresh(self) -> User:
        return User.objects.for_login().get(pk=self.member.pk)


Act = Callable[[], Any]
Deed = Callable[[World], Act]


def then(act: Callable[[World], Any]) -> Deed:
    """Nothing to prepare."""
    return lambda world: lambda: act(world)
