"""The confirm page of a batch of which the good rows are taken: a row for each, what can be done and what cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import approval
from selfcare.orders.approval_forms import ReasonForm
from selfcare.orders.approval_mails import nobody
from selfcare.orders.models import Batch
from selfcare.orders.procedures import Row
from selfcare.orders.services import batches, good_rows
from selfcare.orders.services.good_rows import Preview, label_of
from selfcare.orders.services.offers import opens_at
from selfcare.orders.views.batch_files import bad_rows
from selfcare.orders.views.wizard import bar

#: Rows of one page of the preview.
SHOWN = 100


@dataclass(frozen=True)
class PreviewRow:
    """One row: what it is about, why not (empty where it can be done), what was typed, what would change and when."""

    label: str
    reason: str = ""
    typed: str = ""
    changes: Sequence[Row] = ()
    when: str = ""


def page(
    request: CustomerRequest,
    batch: Batch,
    *,
    changed: Sequence[Row] = (),
    expired: bool = False,
    refused: str = "",
    form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """As it is now, whatever pressing its button came to before; with `form` for who approves it or refuses it."""
    now = clock.now()
    expired = expired or (batch.expires_at is not None and batch.expires_at <= now)
    seen = Preview([], {}, {}) if expired else good_rows.preview(batch, now=now)
    common = batches.common([one.rows for one in seen.offers.values()])
    bad, good = _bad(batch, seen), _good(seen, common)
    if request.GET.get("format") == "csv" and request.method != "POST":
        return bad_rows(batch, [(row.label, row.typed, row.reason) for row in bad])
    only_bad = request.GET.get("only") == "bad"
    context = {
        "batch": batch,
        "procedure": batch.handler,
        "sentence": _sentence(batch.count, len(good)),
        "good": len(good),
        "good_words": f"{len(good):,}",
        "bad": len(bad),
        "only_bad": only_bad,
        "page": Paginator(bad if only_bad else [*bad, *good], SHOWN).get_page(request.GET.get("page")),
        "groups": batches.grouped(seen.offers),
        "common": common if len(good) > 1 else [],
        "quote": batches.total(seen.offers),
        "shown": good_rows.seal_shown(batch, seen),
        "changed": changed,
        "problem": good_rows.in_the_way(batch, actor=request.user),
        "refused": refused,
        "expired": expired,
        "now": now,
        "opens_at": opens_at(batch.handler, now),
        "promise": True,
        **_approval(request, batch, seen, form),
        "back_url": "" if form else batch.back,
        "steps": [] if form else bar(batch.handler, 1),
    }
    return render(request, "orders/batch_good.html", context, status=status)


def _approval(request: CustomerRequest, batch: Batch, seen: Preview, form: ReasonForm | None) -> dict[str, Any]:
    """For who orders, why a second person is wanted; for that person, what has changed since."""
    if form is not None:
        since = good_rows.since_request(batch, seen, clock.now()) if seen.offers else []
        return {"form": form, "since": since, "action": batch.approve_url}
    reasons = approval.reasons(list(seen.offers), batches.total(seen.offers), actor=request.user)
    nobody_asked = bool(reasons) and not approval.approvers_of(batch).exists()
    return {
        "approval": reasons,
        "approval_until": clock.now() + approval.LIFE,
        "nobody": nobody() if nobody_asked else "",
        "action": reverse("orders:batch_confirm", args=[batch.uuid]),
    }


def _sentence(count: int, good: int) -> str:
    """How many of how many, before anything is confirmed."""
    if good == count:
        return _("%(count)s件すべてを申し込みます。") % {"count": f"{count:,}"}
    values = {"count": f"{count:,}", "good": f"{good:,}", "bad": f"{count - good:,}"}
    if not good:
        return _("%(count)s件のうち、申し込めるものはありません。") % values
    return _("%(count)s件のうち%(good)s件を申し込みます。%(bad)s件は申し込みません。") % values


def _bad(batch: Batch, seen: Preview) -> list[PreviewRow]:
    """First what could not even be read, then what cannot be done now."""
    unread = [PreviewRow(one.label, one.reason, one.typed) for one in batch.refusals.order_by("pk")]
    return unread + [PreviewRow(label_of(order), reason) for order, reason in seen.reasons.items()]


def _good(seen: Preview, common: Sequence[Row]) -> list[PreviewRow]:
    """With what differs from row to row; what is the same for all is said once."""
    rows = []
    for order, one in seen.offers.items():
        label = label_of(order)
        own = [row for row in one.rows if row.new != label and (len(seen.offers) == 1 or row not in common)]
        rows.append(PreviewRow(label, changes=own, when=str(one.promise.text)))
    return rows
