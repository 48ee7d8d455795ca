"""What a customer sets for an ID: its name, its password, the numbers that ring at it, the number it calls out with.

Nothing of it is on the bill: these are forms with an event in the trail, no orders.
"""

import re
from collections.abc import Collection, Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Device, Ringing, Use
from numbering.cloud.services import devices
from selfcare import clock, vault
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible

#: Of a password that somebody thinks of; generated ones have GENERATED characters without look-alikes.
SHORTEST, LONGEST, GENERATED = 10, 64, 14
_TYPEABLE = re.compile(r"[!-~]+")


def check_password(*, cloud_id: CloudId, password: str) -> None:
    """Whether the app's password may be this one. Raises ValidationError.

    It stays when the login name changes, so it must not be made of what names the ID.
    """
    if not _TYPEABLE.fullmatch(password):
        raise ValidationError(_("パスワードは、半角の英字・数字・記号で入力してください（空白は使えません）。"))
    if not SHORTEST <= len(password) <= LONGEST:
        words = _("パスワードは、%(least)d文字から%(most)d文字までで入力してください。")
        raise ValidationError(words % {"least": SHORTEST, "most": LONGEST})
    digits, left = cloud_id.login_name.partition("-")[0], password.casefold()
    for known in (digits, cloud_id.code.casefold()):
        left = left.replace(known, "")
    if len(left) < SHORTEST and left != password.casefold():
        raise ValidationError(_("電話番号やログインIDを使ったパスワードは、設定できません。"))
    if len(set(password)) <= 3:
        raise ValidationError(_("同じ文字の繰り返しは、パスワードに設定できません。"))
    CommonPasswordValidator().validate(password)


def set_password(*, cloud_id: CloudId, typed: str = "", log_out: bool = False, actor: User) -> str:
    """Set the app's password and return it: what was typed, or a new one. Nobody can read it again.

    Devices that are logged in have accounts of their own and stay, unless `log_out`. Raises ValidationError,
    NotPossible.
    """
    if typed:
        check_password(cloud_id=cloud_id, password=typed)
    password = typed or vault.generate_password(GENERATED)
    hashed = make_password(password)
    with transaction.atomic():
        locked = _locked(cloud_id)
        locked.password, locked.password_set_at = hashed, clock.now()
        locked.save(update_fields=["password", "password_set_at"])
        out = list(Device.objects.logged_in().filter(cloud_id=locked).select_for_update(no_key=True)) if log_out else []
        devices.end(out, now=clock.now())
        detail = {"id": locked.login_name, "devices": [one.name for one in out]}
        audit.record(action="cloudid.password_set", obj=locked, detail=detail, actor=actor)
    return password


def set_up(
    *, cloud_id: CloudId, label: str, numbers: Collection[CloudNumber], outgoing: CloudNumber | None, actor: User
) -> None:
    """Name, numbers that ring at it (FAX numbers: that it uses), the number that who is called sees.

    Raises NotPossible where a FAX number would be used by no ID.
    """
    with transaction.atomic():
        lock(cloud_id.cloud_id)
        locked = _locked(cloud_id)
        # What ended while the form was open rings nowhere any more.
        wanted = set(CloudNumber.objects.live().filter(pk__in=[one.pk for one in numbers]).values_list("pk", flat=True))
        before = set(Ringing.objects.filter(cloud_id=locked).values_list("number_id", flat=True))
        gone = before - wanted
        Ringing.objects.filter(cloud_id=locked, number_id__in=gone).delete()
        Ringing.objects.bulk_create([Ringing(number_id=pk, cloud_id=locked) for pk in sorted(wanted - before)])
        require_fax_used(numbers=list(CloudNumber.objects.filter(pk__in=gone)))
        old = {"label": locked.label, "outgoing": _digits(locked.outgoing_id), "rings": _all_digits(before)}
        if outgoing is not None and not CloudNumber.objects.live().filter(pk=outgoing.pk).exists():
            raise NotPossible(_("選ばれた発信番号は、すでに解約されています。別の番号を選んでください。"))
        locked.label, locked.outgoing = label, outgoing
        locked.save(update_fields=["label", "outgoing"])
        new = {"label": label, "outgoing": _digits(locked.outgoing_id), "rings": _all_digits(wanted)}
        if new != old:
            detail = {
                "id": locked.login_name,
                **{name: [old[name], new[name]] for name in new if old[name] != new[name]},
            }
            audit.record(action="cloudid.changed", obj=locked, detail=detail, actor=actor)


def lock(cloud_id: int) -> CloudContract:
    """Which numbers ring where is decided about the contract as a whole: one at a time."""
    return CloudContract.objects.select_for_update(no_key=True).get(pk=cloud_id)


def require_fax_used(*, numbers: Sequence[CloudNumber]) -> None:
    """A FAX number is used by at least one ID. Raises NotPossible."""
    used = set(Ringing.objects.filter(number__in=numbers).values_list("number_id", flat=True))
    lost = [one for one in numbers if one.use == Use.FAX and one.pk not in used]
    if lost:
        words = _(
            "FAX番号 %(numbers)s を使うIDがなくなります。何も変わっていません。"
            "ほかのIDに割り当ててから、変更してください。"
        )
        raise NotPossible(words % {"numbers": _("、").join(str(one) for one in lost)})


def _locked(cloud_id: CloudId) -> CloudId:
    found = CloudId.objects.live().select_for_update(no_key=True).filter(pk=cloud_id.pk).first()
    if found is None:
        raise NotPossible(_("このIDは、すでに削除されています。"))
    return found


def _digits(number: int | None) -> str:
    return _all_digits({number} if number else set())


def _all_digits(numbers: Collection[int]) -> str:
    found = CloudNumber.objects.filter(pk__in=numbers).order_by("digits").values_list("digits", flat=True)
    return " ".join(found)
