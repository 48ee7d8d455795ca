"""契約時の登録メールアドレス: codes and links go there, so that changing it is changing who can log in."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, PasswordReset, User
from selfcare.accounts.services import sessions
from selfcare.accounts.services.addresses import code_address, masked
from selfcare.work.outbox import Outgoing, send_many


def change_registered_mail(*, contract: Contract, mail: str, reason: str, actor: User) -> int:
    """Register another address with the contract; return how many users are logged out by it.

    All sessions and open attempts end of the users whose codes went to the old address, and all of the customer's
    links to new passwords: a link does not know where it was mailed to. Both addresses are told. Raises
    ValidationError for what is no address, or the one registered already.
    """
    validate_email(mail)
    with transaction.atomic():
        locked = Contract.objects.select_for_update().select_related("customer").get(pk=contract.pk)
        old = locked.mail
        if mail == old:
            raise ValidationError(_("すでに登録されているメールアドレスです。"), code="same")
        users = list(User.objects.select_for_update(of=("self",)).filter(customer=locked.customer_id).order_by("pk"))
        concerned = [user for user in users if code_address(user).casefold() == old.casefold()]
        Contract.objects.filter(pk=locked.pk).update(mail=mail)
        for user in concerned:
            sessions.end_all(user=user)
        now = clock.real_now()
        PasswordReset.objects.filter(user__in=users, used_at=None, expires_at__gt=now).update(expires_at=now)
        audit.record(
            action="contract.mail_changed",
            obj=locked,
            detail={"mail": [old, mail], "logged_out": [user.selfcare_id for user in concerned], "reason": reason},
            actor=actor,
        )
        _tell(locked, old, mail, language=users[0].language if users else "ja")
    contract.refresh_from_db(fields=["mail"])
    return len(concerned)


def _tell(contract: Contract, old: str, new: str, *, language: str) -> None:
    context = {
        "name": contract.customer.name,
        "contract": contract.number,
        "old": masked(old),
        "new": masked(new),
        "contact_name": contract.contact_name,
        "contact_phone": contract.contact_phone,
    }
    send_many(
        [
            Outgoing(
                template="registered_mail_changed",
                to=to,
                context=context,
                customer_id=contract.customer_id,
                language=language,
            )
            for to in (old, new)
            if to
        ]
    )
