"""The demo's customers, contracts and logins, the letters with their first passwords, and the audit trail."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password

from selfcare import calendar
from selfcare.accounts import hashers
from selfcare.accounts.demo import access
from selfcare.accounts.demo.people import ADDRESSES, CONTRACTS, CUSTOMERS, STATEMENTS, USERS
from selfcare.accounts.models import AuditEvent, Contract, Customer, NotificationAddress, User
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene, derived_login
from selfcare.work import letters
from selfcare.work.models import Letter

_KNOWN = {one.selfcare_id: number for number, one in enumerate(USERS)}


def register() -> None:
    demo.register("accounts", load, describe, order=demo.PEOPLE)
    demo.register("accounts.trail", write_trail, order=demo.TRAIL)


def load(scene: Scene) -> None:
    for key, fields in CUSTOMERS.items():
        scene.customers[key] = Customer(**fields)
    Customer.objects.bulk_create(scene.customers.values())
    _contracts(scene)
    _users(scene)
    NotificationAddress.objects.bulk_create(
        NotificationAddress(
            customer=scene.customers[key],
            email=email,
            confirmed_at=None if days is None else scene.real(scene.ago(days)),
        )
        for key, addresses in ADDRESSES.items()
        for email, days in addresses
    )


def _contracts(scene: Scene) -> None:
    today = calendar.today(scene.now)
    for one in CONTRACTS:
        scene.contracts[one.key] = Contract(
            customer=scene.customers[one.key.split(".")[0]],
            number=one.number,
            kind=one.kind,
            service=one.service,
            plan=one.plan,
            name=one.name,
            billing_cycle=one.cycle,
            functions=[*one.functions, STATEMENTS],
            state=Contract.State.ACTIVE if one.ended is None else Contract.State.ENDED,
            started_on=_began(today, one.months),
            ended_on=None if one.ended is None else calendar.end_of_month(calendar.add_months(today, -one.ended)),
            mail=one.mail,
            contact_name=one.contact[0],
            contact_phone=one.contact[1],
        )
    Contract.objects.bulk_create(scene.contracts.values())
    for key, customer in scene.customers.items():
        began = min(one.started_on for name, one in scene.contracts.items() if name.startswith(f"{key}."))
        Customer.objects.filter(pk=customer.pk).update(created_at=scene.real(calendar.midnight(began)))


def _began(today: date, months: int) -> date:
    """On the first of a month; the new customer three days ago."""
    return calendar.add_months(today.replace(day=1), -months) if months else today - timedelta(days=3)


def _users(scene: Scene) -> None:
    for one in USERS:
        user = User(
            selfcare_id=one.selfcare_id,
            customer=scene.customers[one.key.split(".")[0]],
            role=one.role,
            name=one.name,
            email=one.mail,
            # Empty, and the code goes to the address registered at contract.
            code_email="" if one.key == "empty.owner" else one.mail,
            password=make_password(derived_login(one.selfcare_id)),
            **one.fields,
        )
        if one.seen:
            user.last_login, user.previous_login = (scene.real(_login(scene, days)) for days in one.seen)
        if user.must_change_password:
            user.password_expires_at = scene.real(scene.now) + timedelta(days=30)
        scene.users[one.key] = user
    scene.users["company.locked"].locked_at = scene.real(scene.ago(33, "16:40"))
    scene.users["company.suspended"].suspended_at = scene.real(scene.ago(20, "17:55"))
    scene.users["company.removed"].removed_at = scene.real(scene.ago(65, "18:10"))
    User.objects.bulk_create(scene.users.values())
    access.load(scene)
    _welcome(scene)
    _tell(scene)


def _login(scene: Scene, days: int) -> datetime:
    return scene.ago(days, "09:12") if days else scene.before(hours=4, minutes=20)


def _welcome(scene: Scene) -> None:
    """Letters with one-time passwords: the new customer's is in the post, the new colleague's waits for the printer."""
    for key, made, sent in (
        ("empty.owner", scene.ago(3, "11:05"), True),
        ("company.new", scene.before(minutes=50), False),
    ):
        user, contract = scene.users[key], scene.contracts[f"{key.split('.')[0]}.phone"]
        letter = letters.queue(
            kind="welcome",
            customer=contract.customer,
            contract=contract,
            reference=user.selfcare_id,
            text={
                "selfcare_id": user.selfcare_id,
                "password": derived_login(user.selfcare_id),
                "expires_at": user.password_expires_at.isoformat() if user.password_expires_at else "",
            },
        )
        letter.created_at = made
        if sent:
            letter.state, letter.sealed = Letter.State.SENT, None
            letter.printed_at, letter.sent_at = made + timedelta(hours=4), made + timedelta(hours=6)
        letter.save(update_fields=["created_at", "state", "sealed", "printed_at", "sent_at"])


def _tell(scene: Scene) -> None:
    """Logins of the last weeks, a stranger's tries, the lock that followed."""
    for one in USERS:
        user = scene.users[one.key]
        method = "password" if user.login_method == User.LoginMethod.PASSWORD else access.login_method(one.key)
        for days in one.seen or ():
            scene.tell(_login(scene, days), "login.succeeded", about=user, actor=user, detail={"method": method})
    locked = scene.users["company.locked"]
    for minute in range(28, 34):
        scene.tell(
            scene.ago(33, f"16:{minute}"),
            "login.failed",
            about=locked,
            detail={"step": "password", "reason": "password"},
            address="203.0.113.77",
        )


def write_trail(scene: Scene) -> None:
    """The audit trail of all parts, oldest first: its ids rise with time."""
    AuditEvent.objects.bulk_create(sorted(scene.events, key=lambda event: event.business_at), batch_size=2000)


def describe() -> dict[str, list[dict[str, Any]]]:
    """Customers' users, the ones who can simply log in first. A password that was changed since is not known: null."""
    users = User.objects.filter(customer__isnull=False).select_related("customer").order_by("pk")
    return {
        "users": [
            {
                "selfcare_id": user.selfcare_id,
                "password": known_password(user),
                "customer": user.customer.name if user.customer else "",
                "role": user.role,
                "login_method": user.login_method,
                "locked": user.locked_at is not None,
                "must_change_password": user.must_change_password,
                "suspended": user.suspended_at is not None,
                "removed": user.removed_at is not None,
                "totp_secret": access.totp_secret(user),
            }
            for user in sorted(users, key=lambda user: _KNOWN.get(user.selfcare_id, len(_KNOWN)))
        ]
    }


def known_password(user: User) -> str | None:
    """The demo's password of this login while it still is the right one."""
    if user.selfcare_id not in _KNOWN:
        return None
    password = derived_login(user.selfcare_id)
    return password if hashers.check(password, user.password) else None
