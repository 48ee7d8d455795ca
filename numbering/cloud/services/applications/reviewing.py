"""The operators' side: documents accepted or asked for again, the application refused, or made a contract once."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from billing.services import adopt_methods
from numbering.cloud.models import ApplicationDocument, ApplicationStage, CloudApplication, CloudContract
from numbering.cloud.services import opening
from numbering.cloud.services.applications import filling, keeping, links, needs, papers
from numbering.cloud.services.applications.timeline import What, tell
from numbering.models import Kind
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible

State = ApplicationDocument.State


def begin(*, application: CloudApplication, actor: User) -> None:
    """申込 → 審査: the applicant sees that somebody looks at it. Twice is once. Raises NotPossible."""
    with transaction.atomic():
        row = _under_review(application)
        if row.stage == ApplicationStage.APPLIED:
            _reviewed(row, actor)
    application.refresh_from_db()


def _under_review(application: CloudApplication) -> CloudApplication:
    row = filling.locked(application)
    if not row.is_under_review:
        raise NotPossible(_("このお申し込みは審査中ではありません（%(stage)s）。") % {"stage": row.get_stage_display()})
    return row


def _reviewed(row: CloudApplication, actor: User) -> None:
    row.stage = ApplicationStage.REVIEWING
    row.save(update_fields=["stage"])
    tell(row, What.REVIEW, at=clock.now(), actor=actor)


def accept_document(*, document: ApplicationDocument, actor: User) -> None:
    """Raises NotPossible, for one that is not there to be looked at."""
    with transaction.atomic():
        row = _under_review(document.application)
        kept = ApplicationDocument.objects.select_for_update().get(pk=document.pk)
        if kept.state == State.ACCEPTED:
            return
        if kept.state != State.SENT:
            raise NotPossible(_("確認できる書類がまだ届いていません。"))
        if row.stage == ApplicationStage.APPLIED:
            _reviewed(row, actor)
        now = clock.now()
        kept.state, kept.words, kept.decided_by, kept.decided_at = State.ACCEPTED, "", actor, now
        kept.save(update_fields=["state", "words", "decided_by", "decided_at"])
        tell(row, What.ACCEPTED, at=now, words=kept.get_kind_display(), detail={"kind": kept.kind}, actor=actor)


def ask_again(*, application: CloudApplication, wanted: Mapping[str, str], actor: User) -> None:
    """Ask for exactly these kinds of documents, each with the words that say what is missing, in one mail.

    A kind that the application did not need so far is added. Raises NotPossible.
    """
    if not wanted or not all(words.strip() for words in wanted.values()):
        raise NotPossible(_("お願いする書類ごとに、何が足りないかを入力してください。"))
    with transaction.atomic():
        row = _under_review(application)
        now = clock.now()
        if row.stage == ApplicationStage.APPLIED:
            _reviewed(row, actor)
        items = []
        for kind, words in wanted.items():
            one = row.documents.select_for_update().filter(kind=kind).first() or ApplicationDocument(
                application=row, kind=ApplicationDocument.Kind(kind)
            )
            one.state, one.words, one.decided_by, one.decided_at = State.AGAIN, words.strip(), actor, now
            one.save()
            items.append([one.get_kind_display(), one.words])
        row.stage, row.saved_at, row.reminders = ApplicationStage.WANTED, now, 0
        row.save(update_fields=["stage", "saved_at", "reminders"])
        said = "\n".join(f"{label}：{words}" for label, words in items)
        tell(row, What.AGAIN, at=now, words=said, detail={"kinds": list(wanted)}, actor=actor)
        links.mail(row, "cloud_application_again", wanted=items)
    application.refresh_from_db()


def refuse(*, application: CloudApplication, reason: str, actor: User) -> None:
    """`reason` is read by the applicant. Raises NotPossible."""
    with transaction.atomic():
        row = _under_review(application)
        keeping.close(row, ApplicationStage.REFUSED, reason=reason)
        tell(row, What.REFUSED, at=row.closed_at or clock.now(), words=reason, actor=actor)
        links.mail(row, "cloud_application_refused", reason=reason, erase_on=f"{row.erase_on:%Y/%m/%d}")
    application.refresh_from_db()


def is_accepted(application: CloudApplication) -> bool:
    """Whether every document it needs has been looked at and found good."""
    states = set(application.documents.values_list("state", flat=True))
    return states == {State.ACCEPTED} and not papers.open_rows(application).exists()


def accept(*, application: CloudApplication, actor: User) -> CloudContract:
    """Make the contract, once: the row is locked, and its number is unique among the openings.

    Raises NotPossible: documents not all accepted, an area without numbers, a number that cannot move.
    """
    with transaction.atomic():
        row = _under_review(application)
        if not is_accepted(row):
            raise NotPossible(_("確認の済んでいない書類があります。すべての書類を確認してから、開通してください。"))
        now = clock.now()
        cloud = opening.open_contract(
            basket=needs.basket_of(row),
            applicant=_applicant(row),
            reference=row.code,
            number=None if needs.is_bringing(row) else _number(row),
            port=_port(row) if needs.is_bringing(row) else None,
            agency_code=row.agency_code,
            now=now,
            actor=actor,
        )
        row.stage, row.closed_at = ApplicationStage.OPENED, now
        row.contract, row.customer = cloud.contract, cloud.customer
        row.save(update_fields=["stage", "contract", "customer", "closed_at"])
        adopt_methods(holder=row.holder_key, contract=cloud.contract, actor=actor)
        detail = {"contract": cloud.contract.number}
        tell(row, What.OPENED, at=now, words=cloud.contract.number, detail=detail, actor=actor)
    application.refresh_from_db()
    return cloud


def _applicant(row: CloudApplication) -> opening.Applicant:
    return opening.Applicant(
        kind=row.kind,
        name=row.name,
        kana=row.kana,
        postal_code=row.postal_code,
        address=row.address,
        building=row.building,
        mail=row.mail,
        phone=row.phone,
        contact_name=row.contact_name,
    )


def _number(row: CloudApplication) -> opening.NumberWish:
    area = needs.area_of(row)
    if area is not None and area.is_geographic:
        return opening.NumberWish(Kind.GEOGRAPHIC, area.code)
    return opening.NumberWish()


def _port(row: CloudApplication) -> opening.PortWish:
    return opening.PortWish(row.port_number, row.port_origin, row.port_carrier, row.port_holder or row.name)
