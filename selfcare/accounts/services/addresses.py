"""Which mail address is a user's own, for codes and links."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _

from selfcare.accounts.models import Contract, User

#: As the columns have it; RFC 5321 allows no more.
LONGEST = 254


def code_address(user: User) -> str:
    """Where this user's codes go: the confirmed address, else the contact address. Empty when there is none."""
    return confirmed_address(user) or user.email


def confirmed_address(user: User) -> str:
    """The address that is known to reach this user: the one set for codes, else the one registered at contract (the
    oldest active one), which was checked then and is changed by operators only. Empty when there is neither.

    `code_email` is set by opening a link that was mailed there (services/code_addresses.py, an invitation) and by
    nothing else.
    """
    if user.code_email:
        return user.code_email
    registered = Contract.objects.visible_to(user).active().order_by("started_on", "pk").values_list("mail", flat=True)
    return registered.first() or ""


def copy_address(user: User) -> str:
    """Where copies of what this customer's user orders go: the contact address, else the one for codes. Empty for an
    operator, for who is suspended or removed and sees no orders any more, and without either address."""
    if user.customer_id is None or not user.is_active or user.suspended_at is not None:
        return ""
    return user.email or user.code_email


def contact_address(user: User) -> str:
    """Where this user is asked and told: the contact address, which may be left empty, else the one for codes."""
    return user.email or code_address(user)


def checked(email: str) -> str:
    """`email` if a mail can be sent there. Raises ValidationError, also for the quoted form of RFC 5321, in which
    nobody's address is but control characters may stand."""
    validate_email(email)
    MaxLengthValidator(LONGEST)(email)
    if '"' in email:
        raise ValidationError(_("このメールアドレスは使えません。"), code="invalid")
    return email


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
