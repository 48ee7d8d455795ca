"""承認ルール: owners say what a second person has to approve."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import approval
from selfcare.orders.approval_forms import RuleForm
from selfcare.orders.services import approval_rules


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def page(request: CustomerRequest) -> HttpResponse:
    customer_id = int(request.user.customer_id or 0)
    current = approval_rules.current(customer_id)
    form = RuleForm(request.POST if request.method == "POST" else None, initial=asdict(current))
    if form.is_valid():
        try:
            changed = approval_rules.save(wanted=form.wanted, actor=request.user)
        except approval_rules.RuleRefused as refused:
            form.add_error(refused.name or None, str(refused))
        else:
            messages.success(
                request,
                _("承認ルールを変更しました。すべての管理者にメールでお知らせします。")
                if changed
                else _("承認ルールは変わっていません。"),
            )
            return redirect("approval_rule")
    people = approval.approvers(customer_id, role=current.approvers).order_by("pk")
    context = {
        "form": form,
        "is_on": current.is_on,
        "rules": approval_rules.words(current),
        "people": [one.display_name for one in people],
        "days": approval.LIFE.days,
    }
    return render(request, "orders/approval_rule.html", context)
