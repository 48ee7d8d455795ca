"""パスワードをリセットする: an owner has a link sent to a user's own address. Nobody else ever sees a password."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.accounts.services import owners
from selfcare.accounts.services.addresses import code_address
from selfcare.accounts.services.passwords import send_link


def send_reset(*, user: User, actor: User) -> None:
    """Mail the link, 30 minutes, once. The password of now stays good until the user has chosen a new one.

    Raises ValidationError where no link is of use or too many were sent, and what `owners.changing` raises.
    """
    with owners.changing(user=user, actor=actor) as locked:
        if not locked.may_log_in:
            words = _("利用停止中またはロック中のため、リンクを送れません。先に解除してください。")
            raise ValidationError(words, code="unusable")
        to = code_address(locked)
        if not to:
            raise ValidationError(_("届け先のメールアドレスがありません。"), code="no_address")
        if not send_link(user=locked, to=to, actor=actor):
            words = _("1時間に送れるリンクは3通までです。しばらく待ってから、もう一度お試しください。")
            raise ValidationError(words, code="too_many")
