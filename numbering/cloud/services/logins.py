"""The app's login: with an ID and its password, or with the QR code's one-time code; and its logout.

A device that logs in gets a SIP account of its own, so that one that is lost is logged out without the others. The
portal keeps digests of it; its password is in the answer and nowhere else.

An unknown ID and a wrong password cost the same and get the same answer. Tries are counted before anything is
compared: by ID and address, by address, and by ID over all addresses. Whoever uses the last one up stops nobody who
is logged in, and nobody who sets a phone up with the QR code.
"""

import hmac
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from numbering import sip
from numbering.cloud.models import CloudId, Device, Stage
from numbering.cloud.models.ids import CloudIdQuerySet
from numbering.cloud.services import devices, setup_codes
from selfcare import clock, vault
from selfcare.accounts import audit, context, hashers
from selfcare.accounts.models import Contract
from selfcare.accounts.services import throttle
from selfcare.contract_data.models import Suspension

#: Devices that may be logged in with one ID at the same time.
MOST = 5
PAIR = throttle.Limit("cloud_app", 10, timedelta(minutes=15), timedelta(minutes=30))
ADDRESS = throttle.Limit("cloud_app_address", 100, timedelta(minutes=15))
LOGIN = throttle.Limit("cloud_app_login", 200, timedelta(days=1))
CODE = throttle.Limit("cloud_setup", 30, timedelta(minutes=15))
_USERNAME = string.ascii_lowercase + string.digits
_PASSWORD_LENGTH = 20


class LoginRefused(Exception):
    """Unknown ID, wrong password, or a code that is unknown, used or over: nobody outside learns which."""


class TooManyTries(LoginRefused):
    """Not even looked at."""


class NotNow(Exception):
    """The ID and its password are right, and it cannot log in; the text is for who holds the phone."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason, self.text = reason, text


@dataclass(frozen=True)
class Asking:
    """What the app says of the device that it runs on."""

    name: str
    platform: str = ""
    push_token: str = ""


@dataclass(frozen=True)
class SipAccount:
    """What the device registers with: told once."""

    device: Device
    password: str
    server: str


def log_in_by_password(*, login: str, password: str, asking: Asking) -> SipAccount:
    """Raises LoginRefused, NotNow."""
    tries = throttle.reserve(_counters(login))
    if tries is None:
        raise TooManyTries
    cloud_id = _ids().filter(login_name=login).first()
    right = hashers.check(password, cloud_id.password if cloud_id else None)
    if cloud_id is None or not right:
        throttle.failed(tries)
        _tell_failure(cloud_id)
        raise LoginRefused
    throttle.refund(tries)
    with transaction.atomic():
        locked = _locked(cloud_id.pk)
        if locked is None or locked.password != cloud_id.password:
            # Removed, or given another password, while this one was compared.
            raise LoginRefused
        return _enter(locked, asking, method="password")


def log_in_by_code(*, code: str, asking: Asking) -> SipAccount:
    """The code is used up with the login, and not by one that is refused. Raises LoginRefused, NotNow."""
    tries = throttle.reserve([(CODE, throttle.key(CODE, throttle.network(context.current().address)))])
    if tries is None:
        raise TooManyTries
    with transaction.atomic():
        pk = setup_codes.use(code=code)
        locked = _locked(pk) if pk is not None else None
        if locked is None:
            raise LoginRefused
        account = _enter(locked, asking, method="qr")
    throttle.refund(tries)
    return account


def log_out(*, username: str, password: str) -> bool:
    """The app's own logout, shown its SIP account. False for one that is not logged in, and for a wrong password."""
    tries = throttle.reserve([(CODE, throttle.key(CODE, throttle.network(context.current().address), "out"))])
    if tries is None:
        raise TooManyTries
    with transaction.atomic():
        rows = Device.objects.logged_in().select_for_update(of=("self",), no_key=True).select_related("cloud_id")
        device = rows.filter(username=username, realm=settings.SIP_REALM).first()
        made = sip.digests(username=username, realm=settings.SIP_REALM, password=password)
        if device is None or not hmac.compare_digest(made.ha1_sha256, device.ha1_sha256):
            return False
        devices.end([device], now=clock.now())
        detail = {"id": device.cloud_id.login_name, "devices": [device.name]}
        audit.record(action="clouddevice.logged_out", obj=device.cloud_id, detail=detail)
    throttle.refund(tries)
    return True


def _counters(login: str) -> list[tuple[throttle.Limit, str]]:
    asking = throttle.network(context.current().address)
    return [
        (PAIR, throttle.key(PAIR, login, asking)),
        (ADDRESS, throttle.key(ADDRESS, asking)),
        (LOGIN, throttle.key(LOGIN, login)),
    ]


def _ids() -> CloudIdQuerySet:
    return CloudId.objects.live().select_related("cloud__contract__customer")


def _locked(pk: int) -> CloudId | None:
    return _ids().select_for_update(of=("self",), no_key=True).filter(pk=pk).first()


def _enter(cloud_id: CloudId, asking: Asking, *, method: str) -> SipAccount:
    now = clock.now()
    _require_usable(cloud_id, now)
    logged_in = Device.objects.logged_in().filter(cloud_id=cloud_id)
    if asking.push_token:
        # The same app on the same phone: its old account ends with this login.
        devices.end(list(logged_in.filter(push_token=asking.push_token)), now=now)
    if logged_in.count() >= MOST:
        text = _(
            "このIDには、すでに%(most)d台の端末がログインしています。番号ID設定で、使っていない端末をログアウトさせてから、"
            "もう一度お試しください。"
        )
        raise NotNow("too_many_devices", text % {"most": MOST})
    username = "d" + "".join(secrets.choice(_USERNAME) for _one in range(12))
    password = vault.generate_password(_PASSWORD_LENGTH)
    made = sip.digests(username=username, realm=settings.SIP_REALM, password=password)
    device = Device.objects.create(
        cloud_id=cloud_id,
        customer_id=cloud_id.customer_id,
        name=asking.name,
        platform=asking.platform,
        push_token=asking.push_token,
        username=username,
        realm=settings.SIP_REALM,
        ha1=made.ha1,
        ha1b=made.ha1b,
        ha1_sha256=made.ha1_sha256,
        logged_in_at=now,
        last_seen_at=now,
    )
    detail = {"id": cloud_id.login_name, "device": device.name, "method": method}
    audit.record(action="clouddevice.logged_in", obj=cloud_id, detail=detail)
    return SipAccount(device, password, devices.address())


def _require_usable(cloud_id: CloudId, now: datetime) -> None:
    contract = cloud_id.cloud.contract
    if contract.state != Contract.State.ACTIVE or cloud_id.cloud.stage == Stage.ENDED:
        raise NotNow("ended", _("このIDのご契約は終了しています。"))
    if Suspension.objects.in_force(now).filter(contract_id=contract.pk).exists():
        text = _(
            "ご契約のサービスが停止されているため、ログインできません。管理者の方が「ご契約様情報」で、"
            "停止の理由と解除の方法をご確認ください。"
        )
        raise NotNow("suspended", text)


def _tell_failure(cloud_id: CloudId | None) -> None:
    if cloud_id is not None:
        audit.record(action="cloudid.login_failed", obj=cloud_id, detail={"id": cloud_id.login_name})
