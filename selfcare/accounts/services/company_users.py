"""企業ユーザー管理: what a company's owners change about its users. Every change is one event and is told."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit, user_names
from selfcare.accounts.models import MailCodeDevice, Role, User
from selfcare.accounts.services import code_addresses, factor_changes, notices, owners, sessions
from selfcare.accounts.services.addresses import confirmed_address


def edit(*, user: User, name: str, selfcare_id: str, role: Role, login_method: str, actor: User) -> list[str]:
    """Name, ユーザー名, role and ログイン方法 as the form has them; returns the names of the fields that changed.

    All take effect at once: the user stays logged in under a new name, and the next request knows the new role. An
    empty `login_method` leaves it. Raises ValidationError with messages by field, and what `owners.changing` raises.
    """
    if selfcare_id != user.selfcare_id:
        _count_name(user)
    try:
        with owners.changing(user=user, actor=actor) as locked:
            changed = [
                *_name(locked, name, actor),
                *_rename(locked, selfcare_id, actor),
                *_role(locked, role, actor),
                *(_login_method(locked, login_method, actor) if login_method else []),
            ]
    except IntegrityError as error:
        if (taken := user_names.taken(error)) is None:
            raise
        raise ValidationError({"selfcare_id": taken}) from error
    user.refresh_from_db()
    return changed


def _name(user: User, name: str, actor: User) -> list[str]:
    old, user.name = user.name, name
    if old == name:
        return []
    user.save(update_fields=["name"])
    audit.record(action="user.name_changed", obj=user, detail={"name": [old, name]}, actor=actor)
    return ["name"]


def _count_name(user: User) -> None:
    try:
        user_names.count(user.customer_id)
    except ValidationError as wrong:
        raise ValidationError({"selfcare_id": wrong}) from wrong


def _rename(user: User, selfcare_id: str, actor: User) -> list[str]:
    old = user.selfcare_id
    if selfcare_id == old:
        return []
    try:
        user_names.check(selfcare_id, user=user)
    except ValidationError as wrong:
        raise ValidationError({"selfcare_id": wrong}) from wrong
    user.selfcare_id = selfcare_id
    user.save(update_fields=["selfcare_id"])
    audit.record(action="user.renamed", obj=user, detail={"selfcare_id": [old, selfcare_id]}, actor=actor)
    notices.tell_change(user, "user_renamed", old=old, new=selfcare_id, by=actor.display_name)
    return ["selfcare_id"]


def _role(user: User, role: Role, actor: User) -> list[str]:
    old = user.role
    if role == old:
        return []
    if role != Role.OWNER and owners.is_last_owner(user):
        raise ValidationError({"role": owners.last_owner()})
    user.role = role
    user.save(update_fields=["role"])
    audit.record(action="user.role_changed", obj=user, detail={"role": [old, str(role)]}, actor=actor)
    notices.tell_change(user, "user_role_changed", old=old, new=str(role), by=actor.display_name)
    return ["role"]


def _login_method(user: User, method: str, actor: User) -> list[str]:
    """Only where the policy leaves the choice; the user's sessions end, as when he changes it himself."""
    old = user.login_method
    if method == old:
        return []
    if not user.may_choose_login:
        raise ValidationError({"login_method": _("ご契約者様の設定により、ログイン方法は変更できません。")})
    if method == User.LoginMethod.TWO_STEP and not confirmed_address(user):
        words = _(
            "確認済みの届け先がないため、二段階認証にできません。先に認証コード配信先メールアドレスを設定してください。"
        )
        raise ValidationError({"login_method": words})
    user.login_method = method
    user.save(update_fields=["login_method"])
    sessions.end_all(user=user)
    audit.record(action="user.login_method_changed", obj=user, detail={"login_method": [old, method]}, actor=actor)
    notices.tell_change(user, "login_method_changed", login_method=method)
    return ["login_method"]


def suspend(*, user: User, actor: User) -> None:
    """利用停止: no login until 利用再開; sessions and links end now. What was ordered goes on.

    Raises what `owners.changing` raises. Suspending twice changes nothing.
    """
    with owners.changing(user=user, actor=actor) as locked:
        if locked.suspended_at is not None:
            return
        owners.keep_one(locked)
        locked.suspended_at = clock.real_now()
        locked.save(update_fields=["suspended_at"])
        sessions.end_all(user=locked)
        code_addresses.void(user=locked)
        audit.record(action="user.suspended", obj=locked, actor=actor)
        notices.tell_change(locked, "user_suspended", by=actor.display_name)


def resume(*, user: User, actor: User) -> None:
    """利用再開, with role, password and factors as they were. Resuming twice changes nothing."""
    with owners.changing(user=user, actor=actor) as locked:
        if locked.suspended_at is None:
            return
        locked.suspended_at = None
        locked.save(update_fields=["suspended_at"])
        # Of a login that was being completed when the suspension came.
        sessions.end_all(user=locked)
        audit.record(action="user.resumed", obj=locked, actor=actor)
        notices.tell_change(locked, "user_resumed", by=actor.display_name)


def remove(*, user: User, actor: User) -> None:
    """削除: for good. The row stays, so that orders and the trail keep the name, and the ID is given to nobody else.

    Sessions, links and factors end, and the addresses go: no mail reaches who has left. Orders go on; they are the
    company's. Raises what `owners.changing` raises.
    """
    with owners.changing(user=user, actor=actor) as locked:
        owners.keep_one(locked)
        # Told first, while the address is known.
        notices.tell_change(locked, "user_removed", by=actor.display_name)
        sessions.end_all(user=locked)
        code_addresses.void(user=locked)
        factor_changes.delete_all(user=locked)
        MailCodeDevice.objects.filter(user=locked).delete()
        locked.is_active, locked.removed_at = False, clock.real_now()
        locked.email = locked.code_email = ""
        locked.set_unusable_password()
        locked.save(update_fields=["is_active", "removed_at", "email", "code_email", "password"])
        detail = {"selfcare_id": locked.selfcare_id, "name": locked.name, "role": locked.role}
        audit.record(action="user.removed", obj=locked, detail=detail, actor=actor)


def end_sessions(*, user: User, session_key: str | None, actor: User) -> int:
    """End the user's browsers, all but the one with this key; return how many there were."""
    with owners.changing(user=user, actor=actor) as locked:
        return sessions.end_other_sessions(user=locked, session_key=session_key, actor=actor)
