"""Setting 二者承認. Whoever weakens the rule weakens everybody: every change is audited and told to all owners."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from selfcare import clock, money
from selfcare.accounts import audit
from selfcare.accounts.models import Role, User
from selfcare.accounts.services.addresses import contact_address
from selfcare.accounts.services.owners import lock_company, require_owner
from selfcare.orders import approval, procedures
from selfcare.orders.models import ApprovalRule
from selfcare.work import outbox

#: One cannot approve what one asks for.
LEAST = 2


class RuleRefused(ValueError):
    """The rule cannot be set so; the message is for the owner, `name` the field that it is about."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Wanted:
    """A rule as an owner wants it; see ApprovalRule."""

    is_on: bool = False
    finals: bool = False
    procedures: list[str] = field(default_factory=list)
    over_count: int | None = None
    over_yen: int | None = None
    approvers: str = Role.MEMBER.value


def choices() -> list[tuple[str, Any]]:
    """The procedures that can be made to wait."""
    return [(one.code, one.title) for one in procedures.every() if procedures.may_wait(one)]


def current(customer_id: int) -> Wanted:
    rule = approval.rule_of(customer_id)
    return _of(rule) if rule is not None else Wanted()


def _of(rule: ApprovalRule) -> Wanted:
    return Wanted(rule.is_on, rule.finals, sorted(rule.procedures), rule.over_count, rule.over_yen, str(rule.approvers))


def save(*, wanted: Wanted, actor: User) -> bool:
    """Set the rule of the actor's company; whether anything has changed by it.

    Raises RuleRefused, PermissionDenied when the actor is no owner any more.
    """
    with transaction.atomic():
        lock_company(actor)
        owner = User.objects.get(pk=actor.pk)
        require_owner(owner, actor.customer_id)
        customer_id = int(owner.customer_id or 0)
        before = current(customer_id)
        if wanted == before:
            return False
        _require_sensible(wanted, customer_id)
        ApprovalRule.objects.update_or_create(
            customer_id=customer_id, defaults={**asdict(wanted), "updated_at": clock.now()}
        )
        old, new = asdict(before), asdict(wanted)
        changed = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
        audit.record(action="approval.rule_changed", customer=customer_id, detail=changed, actor=owner)
        _tell(wanted, owner)
    return True


def _require_sensible(wanted: Wanted, customer_id: int) -> None:
    if not wanted.is_on:
        return
    if not (wanted.finals or wanted.procedures or wanted.over_count is not None or wanted.over_yen is not None):
        raise RuleRefused(_("承認が必要なお申し込みを、1つ以上選んでください。"))
    found = approval.approvers(customer_id, role=wanted.approvers).count()
    if found < LEAST:
        raise RuleRefused(
            _(
                "承認できるユーザーが%(found)d人のため、承認を使い始められません。"
                "ご自分のお申し込みは承認できないため、%(least)d人以上が必要です。"
            )
            % {"found": found, "least": LEAST},
            "approvers",
        )


def words(rule: Wanted) -> list[str]:
    """The rule in sentences, for page and mail."""
    if not rule.is_on:
        return [_("承認を使わない")]
    titles = dict(choices())
    found = [_("元に戻せない手続き（解約、MNP転出など）")] if rule.finals else []
    found += [str(titles[code]) for code in rule.procedures if code in titles]
    if rule.over_count is not None:
        found.append(_("%(n)s件（番号・回線）を超えるお申し込み") % {"n": f"{rule.over_count:,}"})
    if rule.over_yen is not None:
        found.append(_("月額と一時費用の増加が%(sum)sを超えるお申し込み") % {"sum": money.yen(rule.over_yen)})
    return [*found, _("承認する人：%(role)s") % {"role": approver_word(rule.approvers)}]


def approver_word(role: str) -> str:
    return _("管理者") if role == Role.OWNER else _("担当者と管理者")


def _tell(wanted: Wanted, actor: User) -> None:
    owners = User.objects.of_customer(actor).filter(role=Role.OWNER, is_active=True, suspended_at=None)
    mails = []
    for reader in owners.order_by("pk"):
        if not (to := contact_address(reader)):
            continue
        with translation.override(reader.language):
            context = {"by": actor.display_name, "rules": words(wanted), "is_on": wanted.is_on}
        mails.append(
            outbox.Outgoing(
                template="approval_rule_changed",
                to=to,
                customer_id=actor.customer_id,
                context=context,
                language=reader.language,
            )
        )
    outbox.send_many(mails)
