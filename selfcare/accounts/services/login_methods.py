"""ログイン方法: password alone or password with code, where the customer's policy leaves the choice to the user."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.accounts.services import notices, sessions
from selfcare.accounts.services.addresses import code_address
from selfcare.accounts.services.login import check_password


class NotTheUsersChoiceError(Exception):
    """The customer's policy or an IP phone contract decides, not the user."""


def change_login_method(
    *, user: User, method: User.LoginMethod, current: str, browser: str, session_key: str | None, actor: User
) -> bool:
    """Set the user's login method; False when it is that already. `session_key` names the session that stays.

    Raises NotTheUsersChoiceError; LoginRefusedError when the password `current` is wrong (counted like a login);
    ValidationError for two steps without an address that a code could go to.
    """
    if not user.may_choose_login:
        raise NotTheUsersChoiceError
    check_password(selfcare_id=user.selfcare_id, password=current, browser=browser, staff=False)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        old = locked.login_method
        if method == old:
            return False
        if method == User.LoginMethod.TWO_STEP and not code_address(locked):
            raise ValidationError(_("認証コードの届け先がないため、二段階認証にできません。"), code="no_address")
        locked.login_method = method
        locked.save(update_fields=["login_method"])
        sessions.end_all(user=locked, except_key=session_key)
        audit.record(
            action="user.login_method_changed", obj=locked, detail={"login_method": [old, str(method)]}, actor=actor
        )
        notices.tell(locked, "login_method_changed", login_method=str(method))
    user.refresh_from_db(fields=["login_method"])
    return True
