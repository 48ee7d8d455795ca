"""テスト着信: whether push reaches a device, asked when somebody presses the button and shown from then on."""

import uuid
from dataclasses import dataclass

from django.db import transaction

from numbering.cloud import push
from numbering.cloud.models import Device
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import User


@dataclass(frozen=True)
class Outcome:
    """`reached` is None when the gateway did not say in time; `has_push`: the app has told where it is reached."""

    has_push: bool
    reached: bool | None = None


def ring(*, device: Device, actor: User) -> Outcome:
    """Ring the device for a try. Within push.DEADLINE; not to be called inside a transaction."""
    gateway = push.attached()
    if not device.push_token:
        return Outcome(has_push=False)
    try:
        reached = gateway.ring(token=device.push_token, key=str(uuid.uuid4())) if gateway else None
    except push.PushUnavailable:
        reached = None
    with transaction.atomic():
        # What is not known leaves the last answer with its time.
        if reached is not None:
            mine = Device.objects.filter(pk=device.pk, push_token=device.push_token)
            mine.update(push_reached=reached, push_asked_at=clock.real_now())
        detail = {"id": device.cloud_id.login_name, "device": device.name, "reached": reached}
        audit.record(action="clouddevice.test_ring", obj=device.cloud_id, detail=detail, actor=actor)
    return Outcome(has_push=True, reached=reached)
