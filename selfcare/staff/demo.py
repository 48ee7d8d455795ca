"""The demo's operators: one of each group, with authenticator keys that are printed."""

import base64
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from selfcare import vault
from selfcare.accounts import hashers
from selfcare.accounts.models import User
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene, derived_key, derived_login
from selfcare.staff import groups
from selfcare.staff.models import OperatorTotp

#: Group, login, name; the one who may do everything first.
OPERATORS = [
    (groups.ADMIN, "op_admin", "管理 ゆかり"),
    (groups.PROVISIONING, "op_provisioning", "開通 まさる"),
    (groups.SUPPORT, "op_support", "応対 さくら"),
    (groups.BILLING, "op_billing", "請求 みのる"),
]


def register() -> None:
    # Operators point at customers' users: what they did to them.
    demo.register("staff", load, describe, order=demo.PEOPLE + 1)


def load(scene: Scene) -> None:
    """Operators in their groups; afterwards what they did to customers' logins."""
    made = {group: _operator(login, name) for group, login, name in OPERATORS}
    User.objects.bulk_create(made.values())
    ids = dict(Group.objects.filter(name__in=made).values_list("name", "pk"))
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=user.pk, group_id=ids[group]) for group, user in made.items()
    )
    devices = [OperatorTotp(user=user, name="totp") for user in made.values()]
    for device in devices:
        device.seal_key(derived_key("totp", device.user.selfcare_id))
    OperatorTotp.objects.bulk_create(devices)
    for number, (group, user) in enumerate(made.items()):
        scene.users[f"operator.{group}"] = user
        scene.tell(scene.ago(400 - number, "13:00"), "operator.created", about=user, detail={"group": group})
    _tell(scene)


def _operator(login: str, name: str) -> User:
    return User(
        selfcare_id=login,
        is_staff=True,
        name=name,
        email=f"{login}@operator.example",
        password=make_password(derived_login(login)),
    )


def _tell(scene: Scene) -> None:
    support = scene.users["operator.support"]
    scene.tell(
        scene.ago(33, "16:40"),
        "user.locked",
        about=scene.users["company.locked"],
        actor=support,
        detail={"reason": "お客様より、覚えのないログイン通知があったとのご連絡"},
    )
    for key, at in (("empty.owner", scene.ago(3, "11:05")), ("company.new", scene.before(minutes=50))):
        contract = scene.contracts[f"{key.split('.')[0]}.phone"]
        scene.tell(at, "user.created", about=scene.users[key], actor=support, detail={"contract": contract.number})


def describe() -> dict[str, list[dict[str, Any]]]:
    """The operators with what opens the admin; null for what was changed since."""
    order = [login for _group, login, _name in OPERATORS]
    found = User.objects.filter(selfcare_id__in=order, is_staff=True)
    return {
        "operators": [
            {
                "username": user.selfcare_id,
                "password": _password(user),
                "totp_secret": _secret(user),
                "groups": sorted(user.groups.values_list("name", flat=True)),
            }
            for user in sorted(found, key=lambda user: order.index(user.selfcare_id))
        ]
    }


def _password(user: User) -> str | None:
    password = derived_login(user.selfcare_id)
    return password if hashers.check(password, user.password) else None


def _secret(user: User) -> str | None:
    """base32, as authenticator apps take it; None after a new enrolment."""
    key = derived_key("totp", user.selfcare_id)
    device = OperatorTotp.objects.filter(user=user, confirmed=True).first()
    if device is None or vault.open_sealed(device.sealed, context=device._context) != key.hex():
        return None
    return base64.b32encode(key).decode()
