"""A gateway that answers as it is told to, its events, and faxes that have come."""

import uuid
from itertools import count

from numbering.cloud.models import CloudNumber, FaxReceived, FaxSent
from numbering.cloud.services import fax_receiving, fax_sending
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.outside.callbacks import OutsideEvent
from selfcare.outside.simulator.fax import one_page

_running = count(1)


class Gateway:
    """Answers in turn what the test has put in: an outcome, bytes, None, or an error to raise."""

    def __init__(self, *answers):
        self.answers, self.sent, self.asked = list(answers), [], []

    def _next(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, *, key, sender, to, content):
        self.sent.append((key, sender, to, content))
        return self._next()

    def ask(self, *, key):
        self.asked.append(key)
        return self._next()

    def fetch(self, *, gateway_id):
        return self._next()


def event(kind: str, reference: str, **data) -> OutsideEvent:
    return OutsideEvent(system="fax", event_id=f"{reference}:{kind}", kind=kind, reference=reference, data=data)


def due(fax: FaxSent | FaxReceived) -> None:
    type(fax).objects.filter(pk=fax.pk).update(next_at=clock.real_now(), lease_until=None)


def queued(number: CloudNumber, member: User, **fields) -> FaxSent:
    wish = fax_sending.Wish(**{"key": uuid.uuid4(), "to": "0312345678", "text": "こんにちは", **fields})
    return fax_sending.queue(number=number, wish=wish, actor=member)


def announced(number: CloudNumber, *, sender: str = "0312340000") -> FaxReceived:
    reference = f"tests-{next(_running)}"
    assert fax_receiving.hear(event("received", reference, to=number.digits, **{"from": sender}))
    return FaxReceived.objects.get(gateway_id=reference)


def received(number: CloudNumber, *, sender: str = "0312340000") -> FaxReceived:
    """One that came and lies in the inbox; its addresses' mails are queued."""
    fax = announced(number, sender=sender)
    assert fax_receiving.work(Gateway(one_page("hello"))) == 1
    fax.refresh_from_db()
    assert fax.state == "ready"
    return fax
