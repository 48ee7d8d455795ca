"""Every change of who may log in and how, as the services make it: what the audit trail is to say of each.

A deed prepares what it needs and returns what is done; `actor` and `about` name people of the world.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selfcare.accounts.models import Contract, Customer, Role, User
from selfcare.accounts.services import (
    authenticator_apps,
    by_post,
    code_addresses,
    company_resets,
    company_users,
    factor_changes,
    invitations,
    login_methods,
    notification_addresses,
    owners,
    passkeys,
    passwords,
    profiles,
    recovery_codes,
    registered_mail,
    sessions,
    trail,
    users,
)  # fmt: skip
from selfcare.accounts.services.code_addresses import Login
from selfcare.accounts.services.invitations import Wishes
from selfcare.orders.services import approval_rules
from selfcare.orders.services.approval_rules import Wanted
from tests.people import PASSWORD, log_in
from tests.selfcare.accounts import factor_parts
from tests.selfcare.accounts.authenticator import Authenticator
from tests.selfcare.accounts.passkeys import registered

NEW, JOINING = "vier-grüne-Igel-lesen", "fünf-graue-Dachse-zählen"
MAIL = "new@customer.example"
TWO_STEP, ALONE = User.LoginMethod.TWO_STEP, User.LoginMethod.PASSWORD


@dataclass
class World:
    owner: User
    member: User
    operator: User
    contract: Contract
    #: The token of the newest mailed link, after the workers have run.
    token: Callable[[], str]

    def free_choice(self) -> None:
        Contract.objects.filter(pk=self.contract.pk).update(kind=Contract.Kind.MOBILE)
        Customer.objects.filter(pk=self.contract.customer_id).update(login_policy=Customer.LoginPolicy.CHOICE)

    def fresh(self) -> User:
        return User.objects.for_login().get(pk=self.member.pk)


Act = Callable[[], Any]
Deed = Callable[[World], Act]


def _then(act: Callable[[World], Any]) -> Deed:
    """Nothing to prepare."""
    return lambda world: lambda: act(world)


def _edit(**wish: Any) -> Deed:
    def deed(world: World) -> Act:
        kept = {"name": world.member.name, "selfcare_id": world.member.selfcare_id, "role": Role.MEMBER}
        wanted = {**kept, "login_method": "", **wish}
        return lambda: company_users.edit(user=world.member, actor=world.owner, **wanted)

    return deed


def _reset(world: World) -> Act:
    company_resets.send_reset(user=world.member, actor=world.owner)
    token = world.token()
    return lambda: passwords.reset_password(token=token, new=NEW)


def _method(world: World) -> Act:
    world.free_choice()
    return lambda: login_methods.change_login_method(
        user=world.fresh(), method=ALONE, session_key=None, actor=world.member
    )


def _address_confirmed(world: World) -> Act:
    code_addresses.ask(user=world.member, email=MAIL, actor=world.member)
    login = Login(selfcare_id=world.member.selfcare_id, password=PASSWORD)
    token = world.token()
    return lambda: code_addresses.confirm(token=token, login=login, signed_in=None)


def _address_cancelled(world: World) -> Act:
    code_addresses.ask(user=world.member, email=MAIL, actor=world.member)
    return lambda: code_addresses.cancel(user=world.member, actor=world.owner)


def _told_confirmed(world: World) -> Act:
    notification_addresses.add(email=MAIL, actor=world.owner)
    token = world.token()
    return lambda: notification_addresses.confirm(token=token)


def _told_again(world: World) -> Act:
    address = notification_addresses.add(email=MAIL, actor=world.owner)
    return lambda: notification_addresses.resend(address=address, actor=world.owner)


def _told_removed(world: World) -> Act:
    address = notification_addresses.add(email=MAIL, actor=world.owner)
    return lambda: notification_addresses.remove(address=address, actor=world.owner)


def _app(world: World) -> Act:
    recovery_codes.make(user=world.member, actor=world.member)
    app = authenticator_apps.begin(user=world.member)
    code = factor_parts.code_of(app)
    return lambda: authenticator_apps.confirm(user=world.member, app_id=app.pk, code=code, actor=world.member)


def _app_replaced(world: World) -> Act:
    factor_parts.app_of(world.member)
    return _app(world)


def _app_removed(world: World) -> Act:
    factor_parts.app_of(world.member)
    return lambda: authenticator_apps.remove(user=world.member, actor=world.member)


def _without_mails(world: World) -> Act:
    factor_parts.app_of(world.member)
    recovery_codes.make(user=world.member, actor=world.member)
    return lambda: factor_changes.set_mail_codes(user=world.fresh(), is_on=False, actor=world.member)


def _passkey(world: World) -> Act:
    recovery_codes.make(user=world.member, actor=world.member)
    options, challenge = passkeys.registration_options(user=world.member)
    answer = Authenticator().create(options)
    return lambda: passkeys.register(
        user=world.member, challenge=challenge, answer=answer, name="電話", actor=world.member
    )


def _passkey_renamed(world: World) -> Act:
    key = registered(world.member, Authenticator())
    return lambda: passkeys.rename(user=world.member, pk=key.pk, name="新しい電話", actor=world.member)


def _passkey_removed(world: World) -> Act:
    key = registered(world.member, Authenticator())
    return lambda: passkeys.remove(user=world.member, pk=key.pk, actor=world.member)


def _invited(world: World) -> Any:
    return invitations.invite(email="guest@customer.example", name="招待 花子", role=Role.VIEWER, actor=world.owner)


def _invited_again(world: World) -> Act:
    made = _invited(world)
    return lambda: invitations.resend(invitation=made, actor=world.owner)


def _revoked(world: World) -> Act:
    made = _invited(world)
    return lambda: invitations.revoke(invitation=made, actor=world.owner)


def _joined(world: World) -> Act:
    _invited(world)
    token, wishes = world.token(), Wishes("office_guest", "招待 花子", JOINING, "ja")
    return lambda: invitations.accept(token=token, wishes=wishes)


def _resumed(world: World) -> Act:
    company_users.suspend(user=world.member, actor=world.owner)
    return lambda: company_users.resume(user=world.member, actor=world.owner)


def _unlocked(world: World) -> Act:
    users.lock_user(user=world.member, reason="紛失", actor=world.operator)
    return lambda: users.unlock_user(user=world.member, reason="発見", actor=world.operator)


def _session_ended(world: World) -> Act:
    log_in(world.member)
    session = world.member.sessions.get().session_key
    return lambda: sessions.end_session(user=world.member, session=session, actor=world.member)


def _policy(world: World) -> Act:
    Contract.objects.filter(pk=world.contract.pk).update(kind=Contract.Kind.MOBILE)
    choice = Customer.LoginPolicy.CHOICE
    return lambda: users.set_customer_policy(
        customer=world.contract.customer, policy=choice, reason="依頼", actor=world.operator
    )


#: What is done: (deed, the one action, who did it, whose user it is about; "" for something else of the company).
AUDITED: dict[str, tuple[Deed, str, str, str]] = {
    "password changed": (_then(lambda w: passwords.change_password(
        user=w.member, current=PASSWORD, new=NEW, browser="", session_key=None, actor=w.member,
    )), "user.password_changed", "member", "member"),
    "reset by an owner": (_then(lambda w: company_resets.send_reset(user=w.member, actor=w.owner)),
        "user.reset_requested", "owner", "member"),
    "password reset by link": (_reset, "user.password_reset", "member", "member"),
    "login method": (_method, "user.login_method_changed", "member", "member"),
    "code address asked for": (_then(lambda w: code_addresses.ask(user=w.member, email=MAIL, actor=w.owner)),
        "user.code_address_asked", "owner", "member"),
    "code address cancelled": (_address_cancelled, "user.code_address_cancelled", "owner", "member"),
    "code address confirmed": (_address_confirmed, "user.code_address_changed", "member", "member"),
    "notification address": (_then(lambda w: notification_addresses.add(email=MAIL, actor=w.owner)),
        "notification_address.added", "owner", ""),
    "notification address, again": (_told_again, "notification_address.link_sent", "owner", ""),
    "notification address confirmed": (_told_confirmed, "notification_address.confirmed", "", ""),
    "notification address removed": (_told_removed, "notification_address.removed", "owner", ""),
    "app": (_app, "user.app_added", "member", "member"),
    "app replaced": (_app_replaced, "user.app_replaced", "member", "member"),
    "app removed": (_app_removed, "user.app_removed", "member", "member"),
    "recovery codes": (_then(lambda w: recovery_codes.make(user=w.member, actor=w.member)),
        "user.recovery_codes_made", "member", "member"),
    "without mailed codes": (_without_mails, "user.mail_codes_changed", "member", "member"),
    "passkey": (_passkey, "passkey.added", "member", "member"),
    "passkey renamed": (_passkey_renamed, "passkey.renamed", "member", "member"),
    "passkey removed": (_passkey_removed, "passkey.removed", "member", "member"),
    "factors reset": (_then(lambda w: factor_changes.reset_factors(user=w.member, reason="紛失", actor=w.operator)),
        "user.factors_reset", "operator", "member"),
    "invitation": (_then(_invited), "user.invited", "owner", ""),
    "invitation, again": (_invited_again, "user.invited_again", "owner", ""),
    "invitation taken back": (_revoked, "user.invitation_revoked", "owner", ""),
    "invitation accepted": (_joined, "user.joined", "office_guest", "office_guest"),
    "name": (_edit(name="改名 次郎"), "user.name_changed", "owner", "member"),
    "user name": (_edit(selfcare_id="office_renamed"), "user.renamed", "owner", "member"),
    "role": (_edit(role=Role.VIEWER), "user.role_changed", "owner", "member"),
    "role by an operator": (_then(lambda w: owners.make_owner(user=w.member, reason="退職", actor=w.operator)),
        "user.role_changed", "operator", "member"),
    "suspension": (_then(lambda w: company_users.suspend(user=w.member, actor=w.owner)),
        "user.suspended", "owner", "member"),
    "resumption": (_resumed, "user.resumed", "owner", "member"),
    "removal": (_then(lambda w: company_users.remove(user=w.member, actor=w.owner)),
        "user.removed", "owner", "member"),
    "lock": (_then(lambda w: users.lock_user(user=w.member, reason="紛失", actor=w.operator)),
        "user.locked", "operator", "member"),
    "unlock": (_unlocked, "user.unlocked", "operator", "member"),
    "session ended": (_session_ended, "session.ended", "member", "member"),
    "other sessions ended": (_then(lambda w: company_users.end_sessions(
        user=w.member, session_key=None, actor=w.owner,
    )), "session.others_ended", "owner", "member"),
    "profile": (_then(lambda w: profiles.edit_profile(
        user=w.member, name="担当 次郎", email=MAIL, language="en", actor=w.member,
    )), "user.profile_changed", "member", "member"),
    "policy": (_policy, "customer.login_policy_changed", "operator", ""),
    "first user": (_then(lambda w: users.create_first_user(
        contract=w.contract, selfcare_id="office_first", actor=w.operator,
    )), "user.created", "operator", "office_first"),
    "password by post": (_then(lambda w: by_post.reissue_password(user=w.member, reason="依頼", actor=w.operator)),
        "user.password_reissued", "operator", "member"),
    "ID by post": (_then(lambda w: by_post.post_ids(user=w.member, reason="依頼", actor=w.operator)),
        "user.ids_posted", "operator", "member"),
    "registered mail": (_then(lambda w: registered_mail.change_registered_mail(
        contract=w.contract, mail=MAIL, reason="依頼", actor=w.operator,
    )), "contract.mail_changed", "operator", ""),
    "rule of approval": (_then(lambda w: approval_rules.save(wanted=Wanted(is_on=True, finals=True), actor=w.owner)),
        "approval.rule_changed", "owner", ""),
    "trail taken away": (_then(lambda w: trail.exported(filters={}, encoding="utf-8", actor=w.owner)),
        "audit.exported", "owner", ""),
}  # fmt: skip
