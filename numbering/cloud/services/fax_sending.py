"""Sending faxes: queued in the form's transaction, handed to the gateway by a worker under a lease, told by an event.

1. `queue` writes the row (and its document, which is held by the form's key until then).
2. `run` claims what is due, calls the gateway outside any transaction, and writes the outcome while the lease is its.
3. The gateway's event, or its answer when it is asked, ends the fax: whichever comes first.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.fax_gateway import FAILED, SENT, Gateway, HttpGateway, Outcome
from numbering.cloud.models import CloudNumber, FaxSent, Stage
from selfcare import clock, phones
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.contract_data.models import Suspension
from selfcare.documents import storage
from selfcare.documents.holders import Holder
from selfcare.documents.models import Document
from selfcare.outside import http
from selfcare.work import hints, pdf
from selfcare.work.backoff import delay

SOURCE = "numbering.fax_sent"
PREFIX = "cloud_fax"
KIND = "numbering.cloud.fax_sent"
LEASE = timedelta(seconds=60)
#: What is on its way is asked after now and then, should its event be lost.
EVERY = timedelta(minutes=2)
#: Calls without an answer until the user is told that it failed: about two hours.
TRIES = 20
#: Questions after one that has been taken, until nobody asks any more: about a day.
QUESTIONS = 150
#: Faxes of one customer within a day.
MOST_A_DAY = 300
LONGEST = 10_000
#: The gateway's words for why, as people read them.
REASONS = {
    "busy": gettext_lazy("相手が話し中でした。"),
    "no_answer": gettext_lazy("相手が応答しませんでした。"),
    "not_a_fax": gettext_lazy("相手がFAXではありませんでした。"),
    "gateway": gettext_lazy("FAXの設備が応答しませんでした。"),
    "unknown": gettext_lazy("送信できたかどうかを確認できませんでした。相手に届いているか、ご確認ください。"),
    "file": gettext_lazy("ファイルを読み取れませんでした。ファイルを選び直して、新しく送信してください。"),
}


class Refused(Exception):
    """`str(error)` is shown above the form; nothing has been queued."""


@dataclass(frozen=True)
class Wish:
    key: uuid.UUID
    to: str
    text: str = ""
    document: Document | None = None


def holder(user: User, key: uuid.UUID) -> Holder:
    """For the PDF of a fax, until it is queued."""

    def is_open() -> bool:
        lock(key)
        return not FaxSent.objects.filter(uuid=key).exists()

    return Holder(f"{PREFIX}:{user.customer_id}-{key}", user.customer_id, is_open=is_open, most=2)


def lock(key: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{PREFIX}:{key}"])


def abandoned(now: datetime) -> Q:
    """PDFs whose form was never sent."""
    sent = FaxSent.objects.filter(document__isnull=False).values("document")
    return Q(kind=KIND, uploaded_at__lt=now - timedelta(days=1)) & ~Q(pk__in=sent)


def queue(*, number: CloudNumber, wish: Wish, actor: User) -> FaxSent:
    """Take a fax in; the one that stands when the form comes a second time. Raises Refused."""
    if actor.customer_id is None or number.customer_id != actor.customer_id:
        raise PermissionDenied
    now = clock.now()
    with transaction.atomic():
        row = CloudNumber.objects.select_for_update(of=("self",)).select_related("cloud").get(pk=number.pk)
        lock(wish.key)
        known = FaxSent.objects.visible_to(actor).filter(uuid=wish.key).first()
        if known is not None:
            return known
        _require_usable(row, now)
        fax = FaxSent.objects.create(
            uuid=wish.key,
            number=row,
            customer_id=row.customer_id,
            to=wish.to,
            text=wish.text,
            document=wish.document,
            sent_by=actor,
            created_at=now,
            next_at=clock.real_now(),
        )
        _record("fax.queued", fax, actor)
        hints.ring(SOURCE)
    return fax


def again(*, fax: FaxSent, actor: User) -> FaxSent:
    """A failed fax once more, under a key of its own. Raises Refused when it has not failed."""
    if actor.customer_id is None or fax.customer_id != actor.customer_id:
        raise PermissionDenied
    with transaction.atomic():
        row = FaxSent.objects.select_for_update(of=("self",)).select_related("number__cloud").get(pk=fax.pk)
        if row.state != FaxSent.State.FAILED:
            raise Refused(_("このFAXは失敗していないため、送り直せません。"))
        _require_usable(row.number, clock.now())
        row.state, row.reason, row.ended_at, row.next_at = FaxSent.State.QUEUED, "", None, clock.real_now()
        row.attempt_no, row.tries = row.attempt_no + 1, 0
        row.save(update_fields=["state", "reason", "ended_at", "next_at", "attempt_no", "tries"])
        _record("fax.queued", row, actor)
        hints.ring(SOURCE)
    return row


def _require_usable(number: CloudNumber, now: datetime) -> None:
    if not number.fax or number.ended_on is not None or number.cloud.stage == Stage.ENDED:
        raise Refused(_("この番号ではFAXを送信できません。オプションをご確認ください。"))
    if Suspension.objects.in_force(now).filter(contract_id=number.cloud_id).exists():
        raise Refused(
            _("ご利用を停止しているため、FAXを送信できません。再開の方法は、画面の上のお知らせをご覧ください。")
        )
    lately = FaxSent.objects.filter(customer_id=number.customer_id, created_at__gt=now - timedelta(days=1))
    if lately.count() >= MOST_A_DAY:
        raise Refused(
            _("1日に送信できるFAXの数（%(most)d通）を超えました。明日もう一度お試しください。") % {"most": MOST_A_DAY}
        )


def why(fax: FaxSent) -> str:
    """Why it failed, for its sender; empty when it did not."""
    if fax.state != FaxSent.State.FAILED:
        return ""
    return str(REASONS.get(fax.reason) or _("送信できませんでした。"))


def run() -> int:
    """One fax that is due; 0 when none is."""
    return work(HttpGateway())


def waiting(seconds: float) -> bool:
    return _due(clock.real_now() - timedelta(seconds=seconds)).exists()


def work(gateway: Gateway) -> int:
    token = uuid.uuid4()
    fax = _claim(token)
    if fax is None:
        return 0
    mine = FaxSent.objects.filter(pk=fax.pk, lease_token=token)
    try:
        outcome = _hand_over(gateway, fax)
    except http.OutsideRefused as error:
        finish(key=fax.key, outcome=Outcome(FAILED, reason=error.code[:60]))
    except http.OutsideUnavailable as error:
        if not _given_up(fax):
            wait = error.retry_after or delay(fax.tries)
            mine.update(next_at=clock.real_now() + wait, lease_until=None, lease_token=None)
    except OSError:
        finish(key=fax.key, outcome=Outcome(FAILED, reason="file"))
    else:
        tries = fax.tries if fax.state == FaxSent.State.SENDING else 0
        wait = max(EVERY, delay(tries))
        mine.filter(next_at__isnull=False).update(
            state=FaxSent.State.SENDING,
            next_at=clock.real_now() + wait,
            lease_until=None,
            lease_token=None,
            tries=tries,
        )
        if outcome.state in (SENT, FAILED) or not _given_up(fax):
            finish(key=fax.key, outcome=outcome)
    return 1


def _given_up(fax: FaxSent) -> bool:
    """Told as failed once nothing has come of it for long; of one that had been taken nobody knows."""
    most, reason = (QUESTIONS, "unknown") if fax.state == FaxSent.State.SENDING else (TRIES, "gateway")
    return fax.tries >= most and finish(key=fax.key, outcome=Outcome(FAILED, reason=reason))


def _hand_over(gateway: Gateway, fax: FaxSent) -> Outcome:
    """What has been taken already is only asked after; what the gateway has forgotten is handed over again."""
    if fax.state == FaxSent.State.SENDING:
        known = gateway.ask(key=fax.key)
        if known is not None:
            return known
    return gateway.send(key=fax.key, sender=fax.number.digits, to=fax.to, content=_content(fax))


def _content(fax: FaxSent) -> bytes:
    """Raises OSError when the file is gone."""
    if fax.document is not None:
        return storage.read(fax.document.stored)
    page = render_to_string("numbering/cloud/fax_text.html", {"fax": fax, "to": phones.display(fax.to)})
    return pdf.join([page])


def finish(*, key: str, outcome: Outcome) -> bool:
    """Write how the attempt `key` ended, once; false when nothing is known of it. A word in between changes nothing."""
    name, _dash, number = key.rpartition("-")
    try:
        identity, attempt = uuid.UUID(name), int(number)
    except ValueError:
        return False
    with transaction.atomic():
        fax = FaxSent.objects.select_for_update().filter(uuid=identity).first()
        if fax is None:
            return False
        if outcome.state not in (SENT, FAILED) or fax.attempt_no != attempt or fax.ended_at is not None:
            return True
        fax.state = FaxSent.State.SENT if outcome.state == SENT else FaxSent.State.FAILED
        fax.reason, fax.pages = outcome.reason if outcome.state == FAILED else "", outcome.pages
        fax.ended_at, fax.next_at, fax.lease_until, fax.lease_token = clock.now(), None, None, None
        fax.save(update_fields=["state", "reason", "pages", "ended_at", "next_at", "lease_until", "lease_token"])
        _record(f"fax.{fax.state}", fax, None)
    return True


def _due(now: datetime) -> QuerySet[FaxSent]:
    return FaxSent.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), next_at__lte=now)


def _claim(token: uuid.UUID) -> FaxSent | None:
    with transaction.atomic():
        now = clock.real_now()
        rows = _due(now).select_for_update(of=("self",), skip_locked=True).select_related("number", "document")
        fax = rows.order_by("next_at").first()
        if fax is not None:
            FaxSent.objects.filter(pk=fax.pk).update(lease_until=now + LEASE, lease_token=token, tries=F("tries") + 1)
            fax.tries += 1
    return fax


def _record(action: str, fax: FaxSent, actor: User | None) -> None:
    detail = {"number": str(fax.number), "to": phones.display(fax.to), "attempt": fax.attempt_no}
    audit.record(action=action, obj=fax, detail=detail, actor=actor)
