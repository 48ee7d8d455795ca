"""住所・名義の変更: the form with its documents, and again with those that the review has found missing."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.contract_data import kinds
from selfcare.contract_data.forms import IdentityForm, MissingForm, field_of
from selfcare.contract_data.models import Holder, IdentityCase
from selfcare.contract_data.procedures.identity import CODE
from selfcare.contract_data.wishes import Identity
from selfcare.documents.forms import keep_documents, takes_documents
from selfcare.documents.models import Document
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.correcting import awaits_correction
from selfcare.orders.services.drafts import new_draft, require_possible, save_draft
from selfcare.orders.views.wizard import bar

#: Registry, proof of address.
_FILES = 2


@takes_documents(files=_FILES)
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def page(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    order = _order(request, now)
    if awaits_correction(order):
        return _missing(request, order)
    if order.accepted_at is not None:
        return redirect(order)
    problem = _obstacle(order, now, request)
    if problem:
        return _page(request, order, IdentityForm(customer=_holder(order)), problem=problem)
    if request.method != "POST":
        return _page(request, order, IdentityForm(customer=_holder(order), initial=_initial(order)))
    form = IdentityForm(request.POST, request.FILES, customer=_holder(order), initial=_initial(order))
    good = form.is_valid()
    # Kept whatever is wrong with the rest: a file that has come once is not asked for twice.
    order = save_draft(order=order, data={**order.data, **form.typed}, now=now, actor=request.user)
    if keep_documents(form=form, order=order, actor=request.user) and good:
        return redirect("orders:confirm", order.uuid)
    return _page(request, order, form)


def _missing(request: CustomerRequest, order: Order) -> HttpResponse:
    case = get_object_or_404(IdentityCase.objects.visible_to(request.user), order=order)
    form = MissingForm(request.POST or None, request.FILES or None, case=case)
    if request.method == "POST":
        good = form.is_valid()
        if keep_documents(form=form, order=order, actor=request.user) and good:
            return redirect("orders:confirm", order.uuid)
    return _page(request, order, form, case=case)


def _order(request: CustomerRequest, now: datetime) -> Order:
    """The draft, or the returned order, that the address names; else a new draft in memory."""
    procedure, named = procedures.get(CODE), request.GET.get("draft")
    if named:
        mine = Order.objects.visible_to(request.user).filter(procedure=CODE).select_related("contract")
        try:
            return get_object_or_404(mine, uuid=UUID(named))
        except ValueError:
            raise Http404 from None
    holder = get_object_or_404(Holder.objects.visible_to(request.user))
    return new_draft(procedure=procedure, subject=holder, contract=None, now=now, actor=request.user)


def _holder(order: Order) -> Holder:
    holder: Holder = procedures.subject_of(order)
    return holder


def _initial(order: Order) -> dict[str, object]:
    """What was typed into the draft, else what is registered; and the documents that it has already."""
    typed = Identity.of_data(order.data) if "name" in order.data else Identity.of(_holder(order))
    sent = Document.objects.of(order) if order.pk else []
    wanted = kinds.needed(_holder(order), address_changes=True)
    return {**typed.as_json(), **{field_of(one.kind): one for one in sent if one.kind in wanted}}


def _obstacle(order: Order, now: datetime, request: CustomerRequest) -> str:
    """Why no change can be begun now, whatever is typed."""
    typed, order.data = order.data, {}
    try:
        require_possible(order, now=now, actor=request.user)
    except NotPossible as error:
        return str(error)
    finally:
        order.data = typed
    return ""


def _page(
    request: CustomerRequest,
    order: Order,
    form: IdentityForm | MissingForm,
    *,
    case: IdentityCase | None = None,
    problem: str = "",
) -> HttpResponse:
    context = {
        "order": order,
        "procedure": order.handler,
        "form": form,
        "problem": problem,
        "case": case,
        "steps": bar(order.handler, 0),
        "action": f"{request.path}?draft={order.uuid}" if order.pk else request.path,
        "notes": [
            _("審査のあと、新しい住所あてに転送不要の簡易書留をお送りします。記載の確認コードを入力すると変わります。"),
            _("それまでは、いまの内容のまま、電話もこれまでどおりご利用いただけます。"),
        ],
        "facts": [],
    }
    return render(request, "contract_data/identity.html", context)
