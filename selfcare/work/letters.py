"""Letters: queued in the transaction that makes them necessary, printed in batches, erased when sent."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from selfcare import clock, vault
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Customer, User
from selfcare.work import pdf
from selfcare.work.models import Letter


def queue(*, kind: str, customer: Customer, contract: Contract | None, reference: str, text: dict[str, Any]) -> Letter:
    """Queue one letter of templates/letters/<kind>.html. `text` is sealed: it may hold passwords."""
    letter = Letter.objects.create(
        kind=kind, customer=customer, contract=contract, reference=reference, created_at=clock.now()
    )
    letter.sealed = vault.seal(json.dumps(text, ensure_ascii=False), context=_context(letter))
    letter.save(update_fields=["sealed"])
    return letter


def _context(letter: Letter) -> str:
    return f"work.letter:sealed:{letter.pk}"


def print_batch(*, letters: Sequence[Letter], actor: User) -> bytes:
    """One PDF of all these letters, each from a page of its own; marks them printed. Those already sent are left out.

    Printing again is allowed until they are marked sent: a jammed printer loses nothing.
    """
    pages = []
    with transaction.atomic():
        locked = Letter.objects.select_for_update(of=("self",)).select_related("customer", "contract")
        for letter in locked.filter(pk__in=[letter.pk for letter in letters]).order_by("created_at", "pk"):
            if letter.sealed is None:
                continue
            pages.append(_html(letter))
            letter.state = Letter.State.PRINTED
            letter.printed_at = clock.now()
            letter.save(update_fields=["state", "printed_at"])
            audit.record(action="letter.printed", obj=letter, actor=actor)
    return pdf.join(pages)


def mark_sent(*, letters: Sequence[Letter], actor: User) -> int:
    """Note that printed letters are in the post and erase their text; return how many. Unprinted ones are left."""
    with transaction.atomic():
        locked = Letter.objects.select_for_update().filter(
            pk__in=[letter.pk for letter in letters], state=Letter.State.PRINTED
        )
        sent = list(locked.order_by("pk"))
        now = clock.now()
        for letter in sent:
            audit.record(action="letter.sent", obj=letter, actor=actor)
        Letter.objects.filter(pk__in=[letter.pk for letter in sent]).update(
            state=Letter.State.SENT, sent_at=now, sealed=None
        )
    return len(sent)


def withdraw(*, letter: Letter) -> bool:
    """Take back a letter that is of no use any more: nobody prints it, and its text is gone with it.

    In the transaction that makes it useless, which names it nowhere any more. False for one that is in the post.
    """
    waiting = Letter.objects.select_for_update().exclude(state=Letter.State.SENT).filter(pk=letter.pk).first()
    if waiting is None:
        return False
    audit.record(action="letter.withdrawn", obj=waiting, detail={"kind": waiting.kind, "reference": waiting.reference})
    waiting.delete()
    return True


def _html(letter: Letter) -> str:
    text = json.loads(vault.open_sealed(bytes(letter.sealed or b""), context=_context(letter)))
    with translation.override("ja"):
        return render_to_string(
            f"letters/{letter.kind}.html",
            {"letter": letter, "customer": letter.customer, "contract": letter.contract, "text": text},
        )
