"""その他ご確認事項: the site's network addresses and what the law wants to know; each where it applies."""

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from numbering.dial_in.forms.matters import LegalForm, Networks
from numbering.dial_in.services import matters as services
from numbering.dial_in.services.matters import SavedMeanwhile, mark
from numbering.dial_in.services.wishes import LEGAL_DOCUMENT, Wish
from numbering.dial_in.views.by_date.closing import MATTERS, page, problems, wish_or_menu
from numbering.dial_in.views.by_date.opening import order_view
from selfcare.accounts.requests import CustomerRequest
from selfcare.documents.forms import keep_documents, takes_documents
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible

_DROP = re.compile(r"drop-([0-9]{1,3})")


@dataclass
class Blocks:
    """The page's two blocks; None for one that does not apply. `seen`: see `matters.mark`."""

    networks: Networks | None
    legal: LegalForm | None
    seen: str = ""

    @property
    def forms(self) -> list[Any]:
        return [*(self.networks.forms if self.networks else []), *([self.legal] if self.legal else [])]


@takes_documents()
@order_view
def matters(request: CustomerRequest, order: Order) -> HttpResponse:
    wish, elsewhere = wish_or_menu(request, order)
    if elsewhere is not None:
        return elsewhere
    if not wish.asks_matters:
        return redirect("numbering:dial-in-by-date-date", order.uuid)
    if request.method != "POST":
        return _page(request, wish, _kept(wish))
    blocks = _typed(request, wish)
    # A file is kept whatever else the page lacks, or is asked to do.
    kept = _keep_document(request, wish, blocks)
    action = request.POST.get("action", "")
    if action:
        _change_rows(blocks, action)
        if kept:
            # What is typed stays; whether it is right is asked when it is sent.
            blocks.legal = _retyped(request.POST, wish)
        return _page(request, wish, blocks)
    good = blocks.networks is None or (blocks.networks.is_valid() and blocks.networks.fits(kept=wish.registered))
    if not good or not kept or (blocks.legal is not None and not blocks.legal.has_all()):
        return _page(request, wish, blocks, is_checked=True)
    return _save(request, wish, blocks)


def _keep_document(request: CustomerRequest, wish: Wish, blocks: Blocks) -> bool:
    """Keep a file that came, or take the kept one away; the page is then about the order as it is now.

    False when one came and was refused: the form says why.
    """
    legal = blocks.legal
    if legal is None:
        return True
    legal.is_valid()
    keep_documents(form=legal, order=wish.order, actor=request.user)
    if "document" in legal.cleaned_data:
        was_seen = blocks.seen == mark(wish.order, services.MATTERS)
        document = legal.cleaned_data["document"]
        noted = services.note_document(order=wish.order, document=document, actor=request.user)
        if was_seen:
            blocks.seen = mark(noted, services.MATTERS)
    return not ("document" in request.FILES and legal.has_error("document"))


def _change_rows(blocks: Blocks, action: str) -> None:
    if blocks.networks is None:
        return
    dropped = _DROP.fullmatch(action)
    if dropped:
        blocks.networks.drop_row(int(dropped[1]))
    elif action == "add":
        blocks.networks.add_row()


def _save(request: CustomerRequest, wish: Wish, blocks: Blocks) -> HttpResponse:
    networks, legal = blocks.networks, blocks.legal
    said = None
    if legal is not None:
        said = {**legal.cleaned_data, "document": str(legal.cleaned_data["document"].uuid)}
    try:
        services.save_matters(
            order=wish.order,
            networks=networks.as_json() if networks else None,
            legal=said,
            seen=blocks.seen,
            actor=request.user,
        )
    except SavedMeanwhile as meanwhile:
        blocks.seen = ""
        return _page(request, wish, blocks, meanwhile=meanwhile)
    except NotPossible as error:
        return _page(request, wish, blocks, busy=str(error))
    return redirect("numbering:dial-in-by-date-date", wish.order.uuid)


def _held(wish: Wish) -> Document | None:
    return Document.objects.of(wish.order, LEGAL_DOCUMENT).last()


def _kept(wish: Wish) -> Blocks:
    legal = {**(wish.data.get("legal") or {}), "document": _held(wish)}
    return Blocks(
        networks=Networks(registered=wish.networks, initial=wish.wished_networks) if wish.asks_networks else None,
        legal=LegalForm(initial=legal) if wish.asks_legal else None,
    )


def _typed(request: CustomerRequest, wish: Wish) -> Blocks:
    legal = LegalForm(request.POST, request.FILES, initial={"document": _held(wish)}) if wish.asks_legal else None
    return Blocks(
        networks=Networks(registered=wish.networks, typed=request.POST) if wish.asks_networks else None,
        legal=legal,
        seen=request.POST.get("seen", ""),
    )


def _retyped(typed: QueryDict, wish: Wish) -> LegalForm | None:
    if not wish.asks_legal:
        return None
    names = ("changed", "person", "department", "recipient")
    return LegalForm(initial={**{name: typed.get(name, "") for name in names}, "document": _held(wish)})


def _page(
    request: CustomerRequest,
    wish: Wish,
    blocks: Blocks,
    *,
    is_checked: bool = False,
    meanwhile: SavedMeanwhile | None = None,
    busy: str = "",
) -> HttpResponse:
    networks = blocks.networks
    found = problems(*blocks.forms) if is_checked or any(form.errors for form in blocks.forms) else []
    if networks is not None and networks.problem:
        found.insert(0, ("networks", "", networks.problem))
    return page(
        request,
        wish,
        "by_date_matters",
        MATTERS,
        names=services.MATTERS,
        meanwhile=meanwhile,
        seen=blocks.seen,
        networks=networks,
        needs_networks=not wish.registered,
        coming=sorted(network for pk, network in wish.registered.items() if pk < 0),
        legal=blocks.legal,
        problems=found,
        busy=busy,
        # For the page's title.
        form={"errors": found},
    )
