"""Django's view of who is logged in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from selfcare.accounts.models import User
from selfcare.accounts.services.login import LoginRefusedError, check_password


class Backend(ModelBackend):
    """Permissions are Django's. `authenticate` is the operators' way in only, counted like every other password;
    customers' users come through services.login, which knows the second step."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        selfcare_id = username if username is not None else kwargs.get(User.USERNAME_FIELD)
        if request is None or not selfcare_id or password is None:
            return None
        try:
            return check_password(selfcare_id=selfcare_id, password=password, staff=True)
        except LoginRefusedError:
            return None

    def get_user(self, user_id: int) -> User | None:
        """Asked on every request: a lock, or the end of customer or contract, ends what is open at once."""
        user = User.objects.for_login().filter(pk=user_id).first()
        return user if user is not None and user.may_log_in else None
