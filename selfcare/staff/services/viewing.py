"""「お客様として表示」: when it begins, what it shows, how it ends; each of them in the audit trail, which the customer
reads, too."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible
from selfcare.staff.models import Impersonation
from selfcare.work import jobs
from selfcare.work.models import Job

PERMISSION = "staff.view_as_customer"
LASTS = timedelta(minutes=30)
Ending = Impersonation.Ending


def usable(user_id: int) -> User | None:
    """The customer's user, if he could log in himself now."""
    user = User.objects.for_login().filter(pk=user_id, customer__isnull=False).first()
    return user if user is not None and user.may_log_in else None


def may_view(request: HttpRequest) -> bool:
    """Whether who is logged in may look at customers' pages now: asked on every one of them."""
    user: Any = request.user
    return admin.site.has_permission(request) and not user.must_change_password and user.has_perm(PERMISSION)


def start(*, user: User, reason: str, actor: User) -> Impersonation:
    """Begin to look; what the operator had begun before ends. Raises NotPossible for a user who cannot log in."""
    with transaction.atomic():
        # Two clicks at one moment: the second one waits here, and ends what the first one began.
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        seen = usable(user.pk)
        if seen is None or seen.customer_id is None:
            raise NotPossible(_("このユーザーはいまログインできないため、表示できません。"))
        for before in Impersonation.objects.filter(operator=actor, ended_at=None).select_related("user"):
            end(viewing=before, ending=Ending.REPLACED, actor=actor)
        now = clock.real_now()
        viewing = Impersonation.objects.create(
            operator=actor, customer_id=seen.customer_id, user=seen, reason=reason.strip(), started_at=now,
            expires_at=now + LASTS,
        )  # fmt: skip
        detail = {"user": seen.selfcare_id, "reason": viewing.reason}
        audit.record(action="view_as.started", obj=seen, detail=detail, actor=actor)
    return viewing


def page_seen(*, viewing: Impersonation, path: str, actor: User) -> None:
    """One event for each page, written and committed before the page is drawn."""
    detail = {"user": viewing.user.selfcare_id, "page": path[:300]}
    audit.record(action="view_as.page", obj=viewing.user, detail=detail, actor=actor)


def end(*, viewing: Impersonation, ending: Impersonation.Ending, actor: User | None) -> bool:
    """End it, unless somebody else has. What nobody ended before its time is over ended when it was."""
    now = clock.real_now()
    ended_at = min(now, viewing.expires_at) if ending == Ending.EXPIRED else now
    with transaction.atomic():
        if not Impersonation.objects.filter(pk=viewing.pk, ended_at=None).update(ended_at=ended_at, ending=ending):
            return False
        detail = {"user": viewing.user.selfcare_id, "ending": str(ending)}
        audit.record(action="view_as.ended", obj=viewing.user, detail=detail, actor=actor)
    return True


@jobs.job("staff.sweep_impersonations", every=timedelta(minutes=5))
def sweep(row: Job) -> dict[str, Any]:
    """An operator who closes the browser ends nothing: time does."""
    over = Impersonation.objects.filter(ended_at=None, expires_at__lte=clock.real_now()).select_related("user")
    return {"ended": sum(end(viewing=one, ending=Ending.EXPIRED, actor=None) for one in over)}
