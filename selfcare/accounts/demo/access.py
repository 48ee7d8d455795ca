"""How the demo's company runs its access: invitations, an authenticator app, an address that is being changed."""

import base64
import secrets
from datetime import datetime, timedelta

from selfcare.accounts.models import (
    AuthenticatorApp,
    CodeAddressChange,
    Invitation,
    RecoveryCode,
    RecoveryDevice,
    Role,
    User,
)
from selfcare.accounts.models.factors import RECOVERY_CODES
from selfcare.accounts.services import factors
from selfcare.runtime.demo import Scene, derived_key

_WITH_APP = "company.app"


def load(scene: Scene) -> None:
    """After the users. The links of these rows are known to nobody; new ones can be sent on the pages."""
    _app(scene)
    _invitations(scene)
    _code_address(scene)
    owner = scene.users["company.owner"]
    suspended, removed = scene.users["company.suspended"], scene.users["company.removed"]
    scene.tell(scene.ago(20, "17:55"), "user.suspended", about=suspended, actor=owner)
    scene.tell(scene.ago(65, "18:10"), "user.removed", about=removed, actor=owner)


def totp_secret(user: User) -> str | None:
    """The key of the demo's app as one types it into another; None for logins without one."""
    app = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
    return base64.b32encode(app.open_key()).decode() if app else None


def login_method(key: str) -> str:
    """By what this user logs in after the password."""
    return factors.APP if key == _WITH_APP else factors.MAIL


def _app(scene: Scene) -> None:
    user, made = scene.users[_WITH_APP], scene.ago(30, "10:20")
    app = AuthenticatorApp(user=user, name="app", created_at=scene.real(made), last_used_at=user.last_login)
    app.seal_key(derived_key("totp", user.selfcare_id))
    app.save(force_insert=True)
    device = RecoveryDevice.objects.create(user=user, name="recovery", created_at=scene.real(made))
    # Nobody has written them down: the page makes new ones.
    RecoveryCode.objects.bulk_create(
        RecoveryCode(device=device, digest=device.digest(device.make_code())) for _each in range(RECOVERY_CODES)
    )
    scene.tell(made, "user.app_added", about=user, actor=user)


def _invitations(scene: Scene) -> None:
    owner, keiri = scene.users["company.owner"], scene.users[_WITH_APP]
    asked = [
        ("honami@umineko.example", keiri.name, Role.MEMBER, scene.ago(31, "15:02"), scene.ago(30, "10:11")),
        ("minase@umineko.example", "水瀬 あおい", Role.VIEWER, scene.ago(2, "11:30"), None),
        ("sunahama@umineko.example", "砂浜 りく", Role.MEMBER, scene.ago(9, "09:40"), None),
    ]
    rows = [
        _invitation(scene, owner, email=email, name=name, role=role, made=made, accepted=accepted)
        for email, name, role, made, accepted in asked
    ]
    rows[0].user = keiri
    Invitation.objects.bulk_create(rows)
    for row, (email, _name, role, made, _accepted) in zip(rows, asked, strict=True):
        scene.tell(made, "user.invited", about=row, actor=owner, detail={"email": email, "role": str(role)})
    scene.tell(scene.ago(30, "10:11"), "user.joined", about=keiri, actor=keiri, detail={"role": str(keiri.role)})


def _invitation(
    scene: Scene, owner: User, *, email: str, name: str, role: Role, made: datetime, accepted: datetime | None
) -> Invitation:
    return Invitation(
        customer=scene.customers["company"],
        email=email,
        name=name,
        role=role,
        token_digest=secrets.token_hex(32),
        invited_by=owner,
        created_at=scene.real(made),
        expires_at=scene.real(made) + timedelta(days=7),
        accepted_at=scene.real(accepted) if accepted else None,
    )


def _code_address(scene: Scene) -> None:
    viewer, made = scene.users["company.viewer"], scene.before(hours=3)
    CodeAddressChange.objects.create(
        user=viewer,
        email="marina.shore@umineko.example",
        token_digest=secrets.token_hex(32),
        asked_by=viewer,
        created_at=scene.real(made),
        expires_at=scene.real(made) + timedelta(hours=24),
    )
    scene.tell(made, "user.code_address_asked", about=viewer, actor=viewer)
