"""Sending an application, taking it back, and the agency's code, which is given once."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.services import CloudQuote, price
from numbering.cloud.models import ApplicationStage, CloudApplication
from numbering.cloud.services.applications import filling, keeping, links, needs, timetable
from numbering.cloud.services.applications.timeline import What, tell
from selfcare import calendar, clock
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible


class Changed(Exception):
    """What the page promised is not what holds now: it has to be confirmed again."""


class Incomplete(Exception):
    """Something is missing; `step` is where."""

    def __init__(self, found: needs.Missing) -> None:
        super().__init__(found.words)
        self.step = found.step


def quote_of(application: CloudApplication) -> CloudQuote:
    """By today's tariffs. Raises NoTariff."""
    return price(needs.basket_of(application), on=calendar.today(clock.now()))


def shown_of(quote: CloudQuote) -> dict[str, Any]:
    """What the confirm page promises, as it travels with its form and is kept with the application."""
    return {
        "once": quote.once,
        "monthly": quote.monthly,
        "once_with_tax": quote.once_with_tax,
        "monthly_with_tax": quote.monthly_with_tax,
        "lines": [[line.item, line.count, line.once, line.monthly] for line in quote.lines],
    }


def submit(*, application: CloudApplication, shown: dict[str, Any], agreed: list[str]) -> None:
    """Send a draft for the review. Sending what has been sent changes nothing.

    Raises Incomplete, Changed (other prices than the page has shown), NotPossible (ended).
    """
    with transaction.atomic():
        row = filling.locked(application)
        if row.is_under_review or row.stage == ApplicationStage.OPENED:
            return
        if not row.is_draft:
            raise NotPossible(_("このお申し込みは終了しています。もう一度、はじめからお申し込みください。"))
        for found in needs.missing(row):
            raise Incomplete(found)
        current = shown_of(quote_of(row))
        if shown != current:
            raise Changed
        now = clock.now()
        row.stage, row.submitted_at, row.saved_at, row.reminders = ApplicationStage.APPLIED, now, now, 0
        row.shown = {**current, "agreed": agreed, "promises": timetable.promises(row, now)}
        row.save(update_fields=["stage", "submitted_at", "saved_at", "reminders", "shown"])
        tell(row, What.SENT, at=now, detail={"once": current["once"], "monthly": current["monthly"]})
        links.mail(row, "cloud_application_sent", promises=row.shown["promises"])
    application.refresh_from_db()


def withdraw(*, application: CloudApplication, actor: User | None = None) -> None:
    """At the applicant's wish, before there is a contract. Twice is once. Raises NotPossible."""
    with transaction.atomic():
        row = filling.locked(application)
        if row.stage == ApplicationStage.WITHDRAWN:
            return
        if not (row.is_draft or row.is_under_review):
            raise NotPossible(_("このお申し込みは、もう取り下げられません。ご契約の画面から解約できます。"))
        keeping.close(row, ApplicationStage.WITHDRAWN)
        tell(row, What.WITHDRAWN, at=row.closed_at or clock.now(), actor=actor)
        if row.mail:
            links.mail(row, "cloud_application_withdrawn", erase_on=f"{row.erase_on:%Y/%m/%d}")
    application.refresh_from_db()


def name_agency(*, application: CloudApplication, code: str, actor: User | None = None) -> None:
    """特約店コード, once: later it cannot be changed. After the opening it is kept with the contract, too.

    Raises NotPossible.
    """
    with transaction.atomic():
        row = filling.locked(application)
        if row.agency_code == code:
            return
        if row.agency_code:
            raise NotPossible(_("特約店コードは登録済みです。変更はできません。"))
        if row.stage == ApplicationStage.OPENED:
            raise NotPossible(_("ご契約の開始後は、ログインして「ご契約内容」の画面からご登録ください。"))
        if not (row.is_draft or row.is_under_review):
            raise NotPossible(_("このお申し込みは終了しています。"))
        row.agency_code = code
        row.save(update_fields=["agency_code"])
        tell(row, What.AGENCY, at=clock.now(), words=code, detail={"agency": code}, actor=actor)
    application.refresh_from_db()
