"""ログイン方法: password alone or password with code, where the customer's policy leaves the choice to the user."""

from enum import Enum

from django.db import transaction

from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.accounts.services import code_addresses, notices, sessions
from selfcare.accounts.services.addresses import confirmed_address


class NotTheUsersChoiceError(Exception):
    """The customer's policy or an IP phone contract decides, not the user."""


class Outcome(Enum):
    SAME = "it is that already"
    CHANGED = "in force"
    ASKED = "in force once the link was followed that went to the address for codes"


def change_login_method(
    *, user: User, method: User.LoginMethod, email: str = "", session_key: str | None, actor: User
) -> Outcome:
    """Set the user's login method, for who has just shown password and factor. `session_key` is the session that stays.

    Two steps need an address that is known to reach the user. Without one the method changes together with the
    address: a link goes to `email`, and until it is followed the old method is in force. Raises
    NotTheUsersChoiceError; ValidationError where `email` cannot be used.
    """
    if not user.may_choose_login:
        raise NotTheUsersChoiceError
    if method == User.LoginMethod.TWO_STEP != user.login_method and not confirmed_address(user):
        code_addresses.ask(user=user, email=email, login_method=method, actor=actor)
        return Outcome.ASKED
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        old = locked.login_method
        if method == old:
            return Outcome.SAME
        locked.login_method = method
        locked.save(update_fields=["login_method"])
        sessions.end_all(user=locked, except_key=session_key)
        audit.record(
            action="user.login_method_changed", obj=locked, detail={"login_method": [old, str(method)]}, actor=actor
        )
        notices.tell_change(locked, "login_method_changed", login_method=str(method))
    user.refresh_from_db(fields=["login_method"])
    return Outcome.CHANGED
