"""Which mail address is a user's own, for codes and links."""

from selfcare.accounts.models import Contract, User


def code_address(user: User) -> str:
    """Where this user's codes go: the address set for them, else the one registered at contract (the oldest active
    one). Empty when there is neither."""
    if user.code_email:
        return user.code_email
    registered = Contract.objects.visible_to(user).active().order_by("started_on", "pk").values_list("mail", flat=True)
    return registered.first() or user.email


def is_registered(user: User, email: str) -> bool:
    """Whether `email` proves to be this user's: the code address, or one registered with an active contract."""
    wanted = email.casefold()
    known = set(Contract.objects.visible_to(user).active().values_list("mail", flat=True))
    if user.code_email:
        known.add(user.code_email)
    return wanted in {address.casefold() for address in known}


def masked(email: str) -> str:
    """Enough to recognise one's own address by, too little to write to: `h***@customer.example`."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"
