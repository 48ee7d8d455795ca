"""For who cannot read the registered mails any more: IDs and a one-time password by letter, through an operator.

A letter goes to the postal address registered with the customer and to no other: whoever calls cannot name one.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock, vault
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, User
from selfcare.accounts.services import code_addresses, notices, sessions
from selfcare.accounts.services.lost_ids import order_numbers
from selfcare.accounts.services.users import ONE_TIME_LENGTH, ONE_TIME_VALIDITY, post_password
from selfcare.work import letters


def post_ids(*, user: User, reason: str, actor: User) -> None:
    """Queue the letter 「セルフケアID・契約番号のお知らせ」: the user's ID, the contracts and their newest orders.

    Raises ValidationError without an active contract.
    """
    with transaction.atomic():
        contracts = _contracts(user)
        letters.queue(
            kind="ids",
            customer=contracts[0].customer,
            contract=contracts[0],
            reference=contracts[0].number,
            text={
                "selfcare_id": user.selfcare_id,
                "contracts": [
                    {"number": contract.number, "name": contract.name, "orders": order_numbers(contract)}
                    for contract in contracts
                ],
            },
        )
        audit.record(action="user.ids_posted", obj=user, detail={"reason": reason}, actor=actor)


def reissue_password(*, user: User, reason: str, actor: User) -> None:
    """Replace the password by a one-time one, which only the letter 「サービス開始のご案内」 tells.

    The old password, all sessions and all mailed links end at once; the one-time password ends by itself and has to be
    replaced at login. A lock stays. Raises ValidationError without an active contract or for a user who is suspended.
    """
    one_time = vault.generate_password(ONE_TIME_LENGTH)
    now = clock.real_now()
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not locked.is_active:
            raise ValidationError(_("このユーザーは利用を停止しています。"), code="inactive")
        contract = _contracts(locked)[0]
        locked.set_password(one_time)
        locked.must_change_password = True
        locked.password_expires_at = now + ONE_TIME_VALIDITY
        locked.save(update_fields=["password", "must_change_password", "password_expires_at"])
        sessions.end_all(user=locked)
        code_addresses.void(user=locked)
        post_password(user=locked, contract=contract, password=one_time, reissued=True)
        audit.record(action="user.password_reissued", obj=locked, detail={"reason": reason}, actor=actor)
        notices.tell(locked, "password_reissued")
    user.refresh_from_db(fields=["password", "must_change_password", "password_expires_at"])


def _contracts(user: User) -> list[Contract]:
    """The customer's active contracts, the oldest first; the first one names who is to be called."""
    active = Contract.objects.visible_to(user).active().select_related("customer").order_by("started_on", "pk")
    contracts = list(active)
    if not contracts:
        raise ValidationError(_("契約中の契約がないため、郵送できません。"), code="no_contract")
    return contracts
