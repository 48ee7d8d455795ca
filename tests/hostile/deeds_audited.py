"""Every change of who may log in and how, as the services make it: what the audit trail is to say of each.

A deed prepares what it needs and returns what is done; `actor` and `about` name people of the world.
"""

from typing import Any

from selfcare.accounts.models import Contract, Customer, Role, User
from selfcare.accounts.services import (
    by_post,
    code_addresses,
    company_resets,
    company_users,
    invitations,
    login_methods,
    notification_addresses,
    owners,
    passwords,
    profiles,
    registered_mail,
    sessions,
    trail,
    users,
)  # fmt: skip
from selfcare.accounts.services.code_addresses import Login
from selfcare.accounts.services.invitations import Wishes
from selfcare.orders.services import approval_rules
from selfcare.orders.services.approval_rules import Wanted
from tests.hostile.deeds_factors import FACTORS
from tests.hostile.deeds_world import JOINING, MAIL, NEW, Act, Deed, World, then
from tests.people import PASSWORD, log_in

ALONE = User.LoginMethod.PASSWORD


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
    "password changed": (then(lambda w: passwords.change_password(
        user=w.member, current=PASSWORD, new=NEW, browser="", session_key=None, actor=w.member,
    )), "user.password_changed", "member", "member"),
    "reset by an owner": (then(lambda w: company_resets.send_reset(user=w.member, actor=w.owner)),
        "user.reset_requested", "owner", "member"),
    "password reset by link": (_reset, "user.password_reset", "member", "member"),
    "login method": (_method, "user.login_method_changed", "member", "member"),
    "code address asked for": (then(lambda w: code_addresses.ask(user=w.member, email=MAIL, actor=w.owner)),
        "user.code_address_asked", "owner", "member"),
    "code address cancelled": (_address_cancelled, "user.code_address_cancelled", "owner", "member"),
    "code address confirmed": (_address_confirmed, "user.code_address_changed", "member", "member"),
    "notification address": (then(lambda w: notification_addresses.add(email=MAIL, actor=w.owner)),
        "notification_address.added", "owner", ""),
    "notification address, again": (_told_again, "notification_address.link_sent", "owner", ""),
    "notification address confirmed": (_told_confirmed, "notification_address.confirmed", "", ""),
    "notification address removed": (_told_removed, "notification_address.removed", "owner", ""),
    "invitation": (then(_invited), "user.invited", "owner", ""),
    "invitation, again": (_invited_again, "user.invited_again", "owner", ""),
    "invitation taken back": (_revoked, "user.invitation_revoked", "owner", ""),
    "invitation accepted": (_joined, "user.joined", "office_guest", "office_guest"),
    "name": (_edit(name="改名 次郎"), "user.name_changed", "owner", "member"),
    "user name": (_edit(selfcare_id="office_renamed"), "user.renamed", "owner", "member"),
    "role": (_edit(role=Role.VIEWER), "user.role_changed", "owner", "member"),
    "role by an operator": (then(lambda w: owners.make_owner(user=w.member, reason="退職", actor=w.operator)),
        "user.role_changed", "operator", "member"),
    "suspension": (then(lambda w: company_users.suspend(user=w.member, actor=w.owner)),
        "user.suspended", "owner", "member"),
    "resumption": (_resumed, "user.resumed", "owner", "member"),
    "removal": (then(lambda w: company_users.remove(user=w.member, actor=w.owner)),
        "user.removed", "owner", "member"),
    "lock": (then(lambda w: users.lock_user(user=w.member, reason="紛失", actor=w.operator)),
        "user.locked", "operator", "member"),
    "unlock": (_unlocked, "user.unlocked", "operator", "member"),
    "session ended": (_session_ended, "session.ended", "member", "member"),
    "other sessions ended": (then(lambda w: company_users.end_sessions(
        user=w.member, session_key=None, actor=w.owner,
    )), "session.others_ended", "owner", "member"),
    "profile": (then(lambda w: profiles.edit_profile(
        user=w.member, name="担当 次郎", email=MAIL, language="en", actor=w.member,
    )), "user.profile_changed", "member", "member"),
    "policy": (_policy, "customer.login_policy_changed", "operator", ""),
    "first user": (then(lambda w: users.create_first_user(
        contract=w.contract, selfcare_id="office_first", actor=w.operator,
    )), "user.created", "operator", "office_first"),
    "password by post": (then(lambda w: by_post.reissue_password(user=w.member, reason="依頼", actor=w.operator)),
        "user.password_reissued", "operator", "member"),
    "ID by post": (then(lambda w: by_post.post_ids(user=w.member, reason="依頼", actor=w.operator)),
        "user.ids_posted", "operator", "member"),
    "registered mail": (then(lambda w: registered_mail.change_registered_mail(
        contract=w.contract, mail=MAIL, reason="依頼", actor=w.operator,
    )), "contract.mail_changed", "operator", ""),
    "rule of approval": (then(lambda w: approval_rules.save(wanted=Wanted(is_on=True, finals=True), actor=w.owner)),
        "approval.rule_changed", "owner", ""),
    "trail taken away": (then(lambda w: trail.exported(filters={}, encoding="utf-8", actor=w.owner)),
        "audit.exported", "owner", ""),
    **FACTORS,
}  # fmt: skip
