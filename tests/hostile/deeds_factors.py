"""Every change of a second factor: apps, recovery codes, passkeys. How a deed is read: deeds_audited.py."""

from selfcare.accounts.services import authenticator_apps, factor_changes, passkeys, recovery_codes
from tests.hostile.deeds_world import Act, Deed, World, then
from tests.selfcare.accounts import factor_parts
from tests.selfcare.accounts.authenticator import Authenticator
from tests.selfcare.accounts.passkeys import registered


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


FACTORS: dict[str, tuple[Deed, str, str, str]] = {
    "app": (_app, "user.app_added", "member", "member"),
    "app replaced": (_app_replaced, "user.app_replaced", "member", "member"),
    "app removed": (_app_removed, "user.app_removed", "member", "member"),
    "recovery codes": (then(lambda w: recovery_codes.make(user=w.member, actor=w.member)),
        "user.recovery_codes_made", "member", "member"),
    "without mailed codes": (_without_mails, "user.mail_codes_changed", "member", "member"),
    "passkey": (_passkey, "passkey.added", "member", "member"),
    "passkey renamed": (_passkey_renamed, "passkey.renamed", "member", "member"),
    "passkey removed": (_passkey_removed, "passkey.removed", "member", "member"),
    "factors reset": (then(lambda w: factor_changes.reset_factors(user=w.member, reason="紛失", actor=w.operator)),
        "user.factors_reset", "operator", "member"),
}  # fmt: skip
