"""A user's own data: name, contact mail, language. What decides about the login is elsewhere."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.accounts.services import notices
from selfcare.accounts.services.addresses import code_address


def edit_profile(*, user: User, name: str, email: str, language: str, actor: User) -> bool:
    """Store them; False when nothing changed. A new contact mail is told, because copies of orders go there.

    Raises ValidationError for a contact mail that codes go to for want of another: that has a flow of its own.
    """
    new = {"name": name, "email": email, "language": language}
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        old = {field: getattr(locked, field) for field in new}
        detail = {field: [old[field], value] for field, value in new.items() if old[field] != value}
        if not detail:
            return False
        before = code_address(locked)
        if "email" in detail:
            # To where the owner of the login can still read it.
            notices.tell(locked, "contact_mail_changed", new=email)
        for field in detail:
            setattr(locked, field, new[field])
        if code_address(locked) != before:
            words = _(
                "認証コードの届け先として使われています。先に、認証コード配信先メールアドレスを設定してください。"
            )
            raise ValidationError({"email": words})
        locked.save(update_fields=list(detail))
        audit.record(action="user.profile_changed", obj=locked, detail=detail, actor=actor)
    user.refresh_from_db(fields=list(new))
    return True
