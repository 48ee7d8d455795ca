"""Asking the possible approvers: each once, in his own language; the outbox gathers several of one moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from selfcare import calendar, money
from selfcare.accounts.models import User
from selfcare.accounts.services.addresses import contact_address
from selfcare.orders import approval
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible
from selfcare.work import outbox

Label = dict[str, str]


def nobody() -> str:
    """What who orders reads where nobody could approve."""
    return _(
        "このお申し込みには承認が必要ですが、承認できるユーザーがほかにいません。"
        "管理者に、承認ルールとユーザーの役割をご確認ください。"
    )


def ask_for(order: Order) -> None:
    """Queue the mails about an order that waits from now on. Raises NotPossible when there is nobody to ask."""
    _ask(order, lambda: _order_words(order))


def ask_for_batch(batch: Batch, groups: Sequence[tuple[str, int]], monthly: int, once: int) -> None:
    """The same about a batch: `groups` of what was shown (when, how many), with the sums of all of it, whole yen."""

    def words() -> list[Label]:
        rows = [_row(_("ファイル"), batch.source)] if batch.source else []
        rows += [_row(_("反映時期"), _("%(when)s（%(n)d件）") % {"when": when, "n": n}) for when, n in groups]
        return rows + _sums(monthly, once)

    _ask(batch, words)


def _ask(one: Order | Batch, words: Any) -> None:
    people = list(approval.approvers_of(one).order_by("pk"))
    if not people:
        raise NotPossible(nobody())
    items: dict[str, dict[str, Any]] = {}
    for language in {user.language for user in people}:
        with translation.override(language):
            items[language] = _item(one, words())
    addresses = [(user, contact_address(user)) for user in people]
    outbox.send_many([_mail(user, to, items[user.language], one) for user, to in addresses if to])


def _mail(user: User, to: str, item: dict[str, Any], one: Order | Batch) -> outbox.Outgoing:
    return outbox.Outgoing(
        template="approval_requested",
        to=to,
        customer_id=one.customer_id,
        context={"items": [item]},
        language=user.language,
        gather="approval_requested",
    )


def _item(one: Order | Batch, rows: list[Label]) -> dict[str, Any]:
    who = one.actor.display_name if one.actor is not None else ""
    head = [_row(_("申込者"), who), _row(_("承認の期限"), _moment(one.expires_at))]
    return {
        "request_id": one.request_id,
        "title": str(one.handler.title),
        "rows": [*head, *rows],
        "url": settings.BASE_URL + one.approve_url,
    }


def _order_words(order: Order) -> list[Label]:
    quote = order.shown_part("quote") or {"monthly": 0, "once": 0}
    promise = order.shown_part("promise") or {}
    when = [_row(_("反映時期"), promise.get("text", ""))]
    return [*(order.shown_part("rows") or []), *when, *_sums(quote["monthly"], quote["once"])]


def _sums(monthly: int, once: int) -> list[Label]:
    found = []
    if monthly:
        found.append(_row(_("月額の増減"), money.yen(monthly)))
    if once:
        found.append(_row(_("一時費用"), money.yen(once)))
    return found


def _row(label: str, new: str) -> Label:
    return {"label": label, "new": new, "old": ""}


def _moment(moment: datetime | None) -> str:
    return dateformat.format(calendar.local(moment), _("Y年n月j日(D) H:i")) if moment else ""
