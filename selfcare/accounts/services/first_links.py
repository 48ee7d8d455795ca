"""The first password of an owner whose login came with a contract: set by a link, never told by anybody."""

from datetime import timedelta

from selfcare import clock
from selfcare.accounts import audit, links
from selfcare.accounts.models import Contract, Customer, PasswordReset, Role, User

#: A mail that waits over a long weekend still serves; later ones are asked for on the page 「パスワードを忘れた方」.
VALIDITY = timedelta(days=7)
_DIGITS_OF_NAME = 32


def create_owner(
    *, contract: Contract, selfcare_id: str, name: str, email: str, actor: User | None
) -> tuple[User, str]:
    """The owner login of a new customer, without a password, and the link's path, which goes into a sealed mail.

    In the caller's transaction. `selfcare_id` gets "_2" and so on where it has been somebody's before.
    """
    user = User(
        selfcare_id=_free(selfcare_id), customer=contract.customer, role=Role.OWNER, name=name[:80], email=email
    )  # fmt: skip
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save(force_insert=True)
    audit.record(action="user.created", obj=user, detail={"contract": contract.number}, actor=actor)
    now = clock.real_now()
    link = links.make()
    PasswordReset.objects.create(user=user, token_digest=link.digest, created_at=now, expires_at=now + VALIDITY)
    return user, link.path("accounts:reset")


def _free(wish: str) -> str:
    """A removed login keeps its name; a number that is given out again may have been one."""
    name, place = wish, 1
    while User.objects.filter(selfcare_id__iexact=name).exists():
        place += 1
        ending = f"_{place}"
        name = f"{wish[: _DIGITS_OF_NAME - len(ending)]}{ending}"
    return name


def lock_customer(customer: Customer) -> Customer:
    """The row, locked, so that two contracts of one customer do not both make a first login."""
    return Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
