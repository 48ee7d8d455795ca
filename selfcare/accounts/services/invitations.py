"""Inviting people to become users of a company: a link by mail, seven days, once. All moments are real time."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts import audit, links, user_names
from selfcare.accounts.models import Contract, Customer, Invitation, Role, User
from selfcare.accounts.services import notices, owners, throttle
from selfcare.accounts.services.addresses import code_address
from selfcare.work.outbox import Outgoing, send

VALIDITY = timedelta(days=7)
#: Mails of one company, and mails to one address whoever asks: nobody is to be pestered from here.
OF_COMPANY = throttle.Limit("invitations", 50, timedelta(days=1))
TO_ADDRESS = throttle.Limit("invited", 5, timedelta(days=1))
#: The trigger that has the last word about personal contracts; see migrations/0003_owners.py.
_ONE_OF_A_PERSON = "user_one_of_a_person"


class Void(Enum):
    """Why a link cannot be accepted."""

    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"
    # Who invited has been removed or suspended, or is no owner any more.
    INVITER = "inviter"
    # The company has no contract any more, or the contract is a person's.
    CUSTOMER = "customer"
    # Somebody of the company has this address by now.
    ADDRESS = "address"


class VoidError(Exception):
    """The link cannot be accepted; `reason` says why."""

    def __init__(self, reason: Void) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Wishes:
    """What the invited person chose. `selfcare_id` is half width already."""

    selfcare_id: str
    name: str
    password: str
    language: str


def invite(*, email: str, name: str, role: Role, actor: User) -> Invitation:
    """Invite somebody into the actor's company. Raises ValidationError by field, PermissionDenied for no owner."""
    customer = _customer_of(actor)
    if customer.kind == Customer.Kind.PERSONAL:
        raise ValidationError(_("個人のご契約のユーザーは、ご契約者様お一人だけです。"), code="personal")
    tries = _reserve(customer, email)
    try:
        with transaction.atomic():
            owners.lock_company(actor)
            owners.require_owner(User.objects.get(pk=actor.pk), customer.pk)
            _require_free(customer, email)
            if Invitation.objects.open().filter(customer=customer, email__iexact=email).exists():
                words = _("このメールアドレスには、招待を送信済みです。一覧から再送または取り消しができます。")
                raise ValidationError({"email": words})
            invitation = Invitation(customer=customer, email=email, name=name, role=role, invited_by=actor)
            link = _renew(invitation)
            invitation.save(force_insert=True)
            detail = {"email": email, "name": name, "role": str(role)}
            audit.record(action="user.invited", obj=invitation, detail=detail, actor=actor)
            _mail(invitation, link, actor)
    except (ValidationError, PermissionDenied):
        throttle.refund(tries)
        raise
    return invitation


def resend(*, invitation: Invitation, actor: User) -> None:
    """Another link for seven days from now, by the actor's word from here on; the one before is void.

    Raises ValidationError when the invitation is over, or for too many mails; PermissionDenied for no owner.
    """
    tries = _reserve(invitation.customer, invitation.email)
    try:
        with transaction.atomic():
            locked = _locked(invitation, actor)
            _require_free(locked.customer, locked.email)
            locked.invited_by = actor
            link = _renew(locked)
            locked.save(update_fields=["token_digest", "created_at", "expires_at", "invited_by"])
            audit.record(
                action="user.invited_again",
                obj=locked,
                detail={"email": locked.email, "role": locked.role},
                actor=actor,
            )
            _mail(locked, link, actor)
    except (ValidationError, PermissionDenied):
        throttle.refund(tries)
        raise


def revoke(*, invitation: Invitation, actor: User) -> None:
    """Take it back. Raises ValidationError when it is over already, PermissionDenied for no owner."""
    with transaction.atomic():
        locked = _locked(invitation, actor)
        locked.revoked_at = clock.real_now()
        locked.save(update_fields=["revoked_at"])
        audit.record(action="user.invitation_revoked", obj=locked, detail={"email": locked.email}, actor=actor)


def of_link(*, token: str) -> Invitation:
    """The invitation that the link belongs to, while it can be accepted. Raises VoidError. Uses nothing up."""
    rows = Invitation.objects.select_related("customer", "invited_by")
    invitation = links.named(rows, token).first()
    if invitation is None:
        raise VoidError(Void.UNKNOWN)
    if (reason := why_void(invitation)) is not None:
        raise VoidError(reason)
    return invitation


def why_void(invitation: Invitation) -> Void | None:
    """Why this invitation cannot be accepted now; None while it can."""
    if (reason := standing(invitation)) is not None:
        return reason
    customer = invitation.customer
    active = Contract.objects.active().filter(customer=customer)
    if customer.state != Customer.State.ACTIVE or customer.kind == Customer.Kind.PERSONAL or not active.exists():
        return Void.CUSTOMER
    return Void.ADDRESS if in_use(customer, invitation.email) else None


def standing(invitation: Invitation) -> Void | None:
    """The same as far as the row itself and who invited tell: the list asks nothing for each of its rows."""
    if invitation.accepted_at is not None:
        return Void.ACCEPTED
    if invitation.revoked_at is not None:
        return Void.REVOKED
    if invitation.expires_at <= clock.real_now():
        return Void.EXPIRED
    return None if owners.manages(invitation.invited_by, invitation.customer_id) else Void.INVITER


def accept(*, token: str, wishes: Wishes) -> User:
    """Become a user: the link proves the address, which is the one for codes from now on. The login is still to come.

    Raises VoidError, or ValidationError by field (then the link stays good).
    """
    asked = of_link(token=token)
    user = User(
        selfcare_id=wishes.selfcare_id,
        customer=asked.customer,
        role=asked.role,
        name=wishes.name,
        email=asked.email,
        code_email=asked.email,
        language=wishes.language,
    )
    try:
        validate_password(wishes.password, user)
    except ValidationError as wrong:
        raise ValidationError({"new_password": wrong}) from wrong
    try:
        user_names.count(asked.customer_id)
        user_names.check(wishes.selfcare_id)
    except ValidationError as wrong:
        raise ValidationError({"selfcare_id": wrong}) from wrong
    # Hashing is made to be slow: not while anybody waits for the company's row.
    user.set_password(wishes.password)
    try:
        with transaction.atomic():
            _join(token, user)
    except IntegrityError as error:
        if user_names.constraint(error) == _ONE_OF_A_PERSON:
            raise VoidError(Void.CUSTOMER) from error
        if (taken := user_names.taken(error)) is not None:
            raise ValidationError({"selfcare_id": taken}) from error
        raise
    return user


def _join(token: str, user: User) -> None:
    """Company, invitation and the name looked at once more, each behind its lock."""
    owners.lock_company(user)
    invitation = of_link(token=token)
    try:
        user_names.check(user.selfcare_id)
    except ValidationError as wrong:
        raise ValidationError({"selfcare_id": wrong}) from wrong
    user.role = invitation.role
    user.save(force_insert=True)
    taken = Invitation.objects.open().filter(pk=invitation.pk, token_digest=invitation.token_digest)
    if not taken.update(accepted_at=clock.real_now(), user=user):
        raise VoidError(Void.ACCEPTED)
    detail = {"selfcare_id": user.selfcare_id, "role": user.role, "email": user.code_email}
    audit.record(action="user.joined", obj=user, detail=detail, actor=user)
    notices.tell_change(user, "user_joined", role=user.role, by=invitation.invited_by.display_name)


def in_use(customer: Customer, email: str) -> bool:
    """Whether somebody of the company has this address, for codes or otherwise."""
    users = User.objects.filter(customer=customer, removed_at=None)
    if users.filter(Q(code_email__iexact=email) | Q(email__iexact=email)).exists():
        return True
    by_contract = users.filter(code_email="").first()
    return by_contract is not None and code_address(by_contract).casefold() == email.casefold()


def _customer_of(actor: User) -> Customer:
    owners.require_owner(actor, actor.customer_id)
    customer: Customer = actor.customer  # type: ignore[assignment]  # an owner has one
    return customer


def _require_free(customer: Customer, email: str) -> None:
    if in_use(customer, email):
        raise ValidationError({"email": _("このメールアドレスは、すでに貴社のユーザーが使っています。")})


def _reserve(customer: Customer, email: str) -> list[throttle.Reserved]:
    tries = throttle.reserve(
        [
            (OF_COMPANY, throttle.key(OF_COMPANY, str(customer.pk))),
            (TO_ADDRESS, throttle.key(TO_ADDRESS, email.casefold())),
        ]
    )
    if tries is None:
        words = _("招待のメールを送りすぎています。24時間ほど待ってから、もう一度お試しください。")
        raise ValidationError({"email": words})
    return tries


def _locked(invitation: Invitation, actor: User) -> Invitation:
    owners.lock_company(actor)
    owners.require_owner(User.objects.get(pk=actor.pk), invitation.customer_id)
    rows = Invitation.objects.open().select_related("customer").select_for_update(of=("self",))
    locked = rows.filter(pk=invitation.pk).first()
    if locked is None:
        raise ValidationError(_("この招待は、すでに承諾されたか、取り消されています。"), code="over")
    return locked


def _renew(invitation: Invitation) -> links.Link:
    now = clock.real_now()
    link = links.make()
    invitation.token_digest = link.digest
    invitation.created_at, invitation.expires_at = now, now + VALIDITY
    return link


def _mail(invitation: Invitation, link: links.Link, actor: User) -> None:
    send(
        Outgoing(
            template="invitation",
            to=invitation.email,
            secret=link.path("accounts:invitation"),
            context={
                "name": invitation.name,
                "company": invitation.customer.name,
                "by": actor.display_name,
                "role": invitation.role,
                "days": VALIDITY.days,
            },
            customer_id=invitation.customer_id,
            language=actor.language,
            expires_at=invitation.expires_at,
        )
    )
