"""Who runs a company's access, and that somebody always does. Changes of a company's users come through here: they
lock the customer's row first, so that they follow each other, and look at the actor once more behind that lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from selfcare.accounts import audit, user_names
from selfcare.accounts.models import Customer, Role, User
from selfcare.accounts.services import notices

#: The trigger that has the last word; see migrations/0003_owners.py.
LAST_OWNER = "user_last_owner"


@contextmanager
def changing(*, user: User, actor: User) -> Iterator[User]:
    """A transaction in which `user`, locked and read anew, may be changed by `actor`, an owner of the same company.

    Raises PermissionDenied when the actor is none any more, ValidationError where the company would lose its last
    owner or `user` has been removed.
    """
    try:
        with transaction.atomic():
            locked = _locked(user, actor)
            if locked.removed_at is not None:
                raise ValidationError(_("このユーザーはすでに削除されています。"), code="removed")
            yield locked
    except IntegrityError as error:
        if user_names.constraint(error) == LAST_OWNER:
            raise last_owner() from error
        raise


def _locked(user: User, actor: User) -> User:
    """The customer's row first, then the users in the order of their ids: nobody waits for somebody who waits."""
    lock_company(user)
    rows = User.objects.for_login().select_for_update(of=("self",), no_key=True).filter(pk__in={user.pk, actor.pk})
    found = {row.pk: row for row in rows.order_by("pk")}
    require_owner(found[actor.pk], user.customer_id)
    return found[user.pk]


def lock_company(user: User) -> None:
    """`user` is a customer's. Raises ValueError for an operator, who has no company."""
    if user.customer_id is None:
        raise ValueError("operators belong to no company")
    Customer.objects.select_for_update(no_key=True).get(pk=user.customer_id)


def manages(actor: User, customer_id: int | None) -> bool:
    """Whether `actor` may change this company's users now."""
    return (
        customer_id is not None
        and actor.customer_id == customer_id
        and actor.role == Role.OWNER
        and actor.is_active
        and actor.suspended_at is None
        and actor.locked_at is None
    )


def require_owner(actor: User, customer_id: int | None) -> None:
    if not manages(actor, customer_id):
        raise PermissionDenied(_("「%(role)s」の方が利用できます。") % {"role": Role.OWNER.label})


def is_last_owner(user: User) -> bool:
    """Whether the company would have no owner without this one; as the trigger counts them."""
    owners = User.objects.of_customer(user).filter(role=Role.OWNER, suspended_at=None)
    return (
        user.role == Role.OWNER
        and user.suspended_at is None
        and user.removed_at is None
        and not owners.exclude(pk=user.pk).exists()
    )


def keep_one(user: User) -> None:
    """Raise ValidationError if the company would be left without an owner; `user` is locked, with the company."""
    if is_last_owner(user):
        raise last_owner()


def last_owner() -> ValidationError:
    words = _("管理者が1人もいなくなるため、この操作はできません。先に、ほかの方を管理者にしてください。")
    return ValidationError(words, code="last_owner")


def make_owner(*, user: User, reason: str, actor: User) -> None:
    """For operators: a company whose owners are all out of reach gets one again, suspended or not before.

    Raises ValidationError for who has been removed or is an owner already. The user and all owners are told.
    """
    with transaction.atomic():
        lock_company(user)
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if locked.removed_at is not None:
            raise ValidationError(_("このユーザーはすでに削除されています。"), code="removed")
        if locked.role == Role.OWNER and locked.suspended_at is None:
            raise ValidationError(_("このユーザーはすでに管理者です。"), code="same")
        old, was_suspended = locked.role, locked.suspended_at is not None
        locked.role, locked.suspended_at = Role.OWNER, None
        locked.save(update_fields=["role", "suspended_at"])
        audit.record(
            action="user.role_changed",
            obj=locked,
            detail={"role": [old, str(Role.OWNER)], "resumed": was_suspended, "reason": reason},
            actor=actor,
        )
        notices.tell_change(locked, "user_role_changed", old=old, new=str(Role.OWNER), by="")
    user.refresh_from_db(fields=["role", "suspended_at"])
