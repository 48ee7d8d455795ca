"""Logins as operators handle them: the first one of a contract, locks, the customer's login policy."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _

from selfcare import clock, vault
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Customer, Role, User
from selfcare.accounts.services import sessions
from selfcare.calendar import TOKYO
from selfcare.work import letters

#: A one-time password travels by post and waits on a desk; then it ends by itself.
ONE_TIME_VALIDITY = timedelta(days=30)
#: 12 characters of 57: 70 bits, short enough to type off paper.
ONE_TIME_LENGTH = 12


def create_first_user(*, contract: Contract, selfcare_id: str, actor: User) -> tuple[User, str]:
    """The owner login of a new contract, and its one-time password for the letter 「サービス開始のご案内」 (queued).

    Raises ValidationError for an ID of the wrong shape or in use, and for a person who has a user. The password is
    stored as a hash, and sealed in the letter until that is sent; nobody sees it but who opens the envelope.
    """
    one_time = vault.generate_password(ONE_TIME_LENGTH)
    expires_at = clock.real_now() + ONE_TIME_VALIDITY
    user = User(
        selfcare_id=selfcare_id,
        customer=contract.customer,
        role=Role.OWNER,
        name=contract.customer.name[:80],
        must_change_password=True,
        password_expires_at=expires_at,
    )
    user.set_password(one_time)
    user.full_clean()
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=contract.customer_id)
        if customer.kind == Customer.Kind.PERSONAL and customer.users.filter(removed_at=None).exists():
            raise ValidationError(_("個人のご契約には、すでにユーザーがいます。"), code="personal")
        user.save(force_insert=True)
        post_password(user=user, contract=contract, password=one_time, reissued=False)
        audit.record(action="user.created", obj=user, detail={"contract": contract.number}, actor=actor)
    return user, one_time


def post_password(*, user: User, contract: Contract, password: str, reissued: bool) -> None:
    """Part of other services, which audit it: queue the letter 「サービス開始のご案内」 with a one-time password."""
    if user.password_expires_at is None:
        raise ValueError("A one-time password must expire.")
    letters.queue(
        kind="welcome",
        customer=contract.customer,
        contract=contract,
        reference=contract.number,
        text={
            "selfcare_id": user.selfcare_id,
            "password": password,
            "expires_on": date_format(user.password_expires_at.astimezone(TOKYO), "Y年n月j日 H:i"),
            "address": settings.BASE_URL,
            "reissued": reissued,
        },
    )


def lock_user(*, user: User, reason: str, actor: User) -> None:
    """ロック中: no login, and every session of the user ends. Locking twice changes nothing."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, locked_at=None).update(locked_at=clock.real_now()):
            sessions.end_all(user=user)
            audit.record(action="user.locked", obj=user, detail={"reason": reason}, actor=actor)
    user.refresh_from_db(fields=["locked_at"])


def unlock_user(*, user: User, reason: str, actor: User) -> None:
    """ロック解除. The password stays as it is."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, locked_at__isnull=False).update(locked_at=None):
            audit.record(action="user.unlocked", obj=user, detail={"reason": reason}, actor=actor)
    user.refresh_from_db(fields=["locked_at"])


def set_customer_policy(*, customer: Customer, policy: Customer.LoginPolicy, reason: str, actor: User) -> None:
    """Whether the customer's users may log in without a code. Raises ValidationError with an IP phone contract.

    A session without a code ends with the policy that allowed it: access asks on every request.
    """
    with transaction.atomic():
        locked = Customer.objects.select_for_update().get(pk=customer.pk)
        ip_phone = locked.contracts.filter(state=Contract.State.ACTIVE, kind=Contract.Kind.IP_PHONE)
        if policy == Customer.LoginPolicy.CHOICE and ip_phone.exists():
            raise ValidationError(_("IP電話の契約があるお客様は、認証コードが必須です。"), code="ip_phone")
        old = locked.login_policy
        Customer.objects.filter(pk=customer.pk).update(login_policy=policy)
        audit.record(
            action="customer.login_policy_changed",
            obj=locked,
            customer=locked,
            detail={"old": old, "new": str(policy), "reason": reason},
            actor=actor,
        )
    customer.refresh_from_db(fields=["login_policy"])


def is_language(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def set_language(*, user: User, language: str) -> None:
    """Language of the user's mails. The page's own language is the browser's, in a cookie."""
    User.objects.filter(pk=user.pk).exclude(language=language).update(language=language)
