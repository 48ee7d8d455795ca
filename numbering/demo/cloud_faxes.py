"""The office's faxes in the demo: two have come, three were sent, by the services that take them in and end them."""

import uuid
from datetime import datetime

from numbering.cloud.fax_gateway import FAILED, SENT, SYSTEM, HttpGateway, Outcome
from numbering.cloud.models import CloudNumber, FaxReceived, FaxSent
from numbering.cloud.services import fax_receiving, fax_sending
from selfcare.accounts.models import User
from selfcare.outside.callbacks import OutsideEvent
from selfcare.runtime.demo import Scene
from selfcare.work import pdf

#: Hours ago, from where, what stands on it, and whether somebody has read it.
_CAME = (
    (99, "0300009001", "<h1>御見積書</h1><p>名刺 両面4色 500枚　18,000円（税抜）</p><p>印刷所 みずいろ</p>", True),
    (2, "0600009002", "<h1>撮影日程のご連絡</h1><p>撮影は来週の木曜日、10時からでお願いいたします。</p>", False),
)
#: Hours ago, to where, the text, and what became of it.
_WENT = (
    (98, "0300009001", "御見積書を拝受しました。この内容で発注いたします。", Outcome(SENT, 1)),
    (47, "0300009003", "会議室利用の申込書をお送りします。", Outcome(FAILED, reason="busy")),
    (46, "0300009003", "会議室利用の申込書をお送りします。", Outcome(SENT, 1)),
)


class _Paper(HttpGateway):
    """As if the gateway kept one fax: what stands on its paper."""

    def __init__(self, words: str) -> None:
        self.words = words

    def fetch(self, *, gateway_id: str) -> bytes | None:
        return pdf.join([self.words])


def make(*, scene: Scene, number: CloudNumber, actor: User) -> None:
    """Run again it makes nothing."""
    if FaxReceived.objects.filter(number=number).exists():
        return
    for place, (hours, sender, words, is_read) in enumerate(_CAME):
        reference = f"demo-fax-{place}"
        data = {"to": number.digits, "from": sender, "pages": 1}
        event = {"system": SYSTEM, "event_id": reference, "kind": fax_receiving.RECEIVED, "reference": reference}
        fax_receiving.hear(OutsideEvent(**event, data=data))
        fax_receiving.work(_Paper(words))
        FaxReceived.objects.filter(gateway_id=reference).update(arrived_at=scene.before(hours=hours), is_read=is_read)
    for hours, to, text, outcome in _WENT:
        _send(number=number, to=to, text=text, outcome=outcome, at=scene.before(hours=hours), actor=actor)


def _send(*, number: CloudNumber, to: str, text: str, outcome: Outcome, at: datetime, actor: User) -> None:
    fax = fax_sending.queue(number=number, wish=fax_sending.Wish(uuid.uuid4(), to, text), actor=actor)
    fax_sending.finish(key=fax.key, outcome=outcome)
    FaxSent.objects.filter(pk=fax.pk).update(created_at=at, ended_at=at)
