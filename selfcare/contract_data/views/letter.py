"""確認のお手紙: typing its code, and having it sent again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.contract_data.forms import CodeForm, ResendForm
from selfcare.contract_data.models import CaseState, IdentityCase
from selfcare.contract_data.services import check_letters, confirming
from selfcare.contract_data.views.page import case_context
from selfcare.contract_data.wishes import Identity
from selfcare.orders.procedures import NotPossible


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def code(request: CustomerRequest) -> HttpResponse:
    context = case_context(request)
    case = context["case"]
    if case is None:
        # Confirmed already: by the carrier's record, or by this very form sent twice.
        messages.info(request, _("確認を待っている変更はありません。"))
        return redirect("contract_data:contract")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            confirming.enter_code(case=case, code=form.cleaned_data["code"], actor=request.user)
        except confirming.CodeWrong as wrong:
            form.add_error("code", _wrong(wrong.left, is_old=wrong.is_old))
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("ご本人の確認ができました。ご登録の内容を変更しました。"))
            return redirect("contract_data:contract")
        context = case_context(request)
        if context["case"] is None:
            return _over(request, case)
    return render(request, "contract_data/code.html", {**context, "form": form})


def _over(request: CustomerRequest, case: IdentityCase) -> HttpResponse:
    """Somebody was faster: the carrier's record, an operator, or the other click of this very button."""
    case.refresh_from_db()
    if case.state == CaseState.CONFIRMED:
        messages.success(request, _("ご本人の確認はすでに終わり、ご登録の内容を変更しました。"))
    else:
        messages.info(request, _("確認を待っている変更はありません。"))
    return redirect("contract_data:contract")


def _wrong(left: int, *, is_old: bool) -> str:
    if is_old and left:
        return _("前にお送りしたお手紙の確認コードです。いちばん新しいお手紙の確認コードを入力してください。") + (
            ngettext("あと%(left)d回入力できます。", "あと%(left)d回入力できます。", left) % {"left": left}
        )
    if not left:
        return _("確認コードが違います。入力できる回数を超えたため、お手紙の再送をお申し込みください。")
    text = ngettext(
        "確認コードが違います。あと%(left)d回入力できます。", "確認コードが違います。あと%(left)d回入力できます。", left
    )
    return text % {"left": left}


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def resend(request: CustomerRequest) -> HttpResponse:
    context = case_context(request)
    case = context["case"]
    if case is None or not context["can_resend"]:
        messages.info(request, _("いま送り直せるお手紙はありません。"))
        return redirect("contract_data:contract")
    form = ResendForm(request.POST if request.method == "POST" else None, initial=Identity.of(case).as_json())
    if form.is_valid():
        wish = Identity.of_data({**Identity.of(case).as_json(), **form.cleaned_data})
        try:
            changed = check_letters.resend(case=case, wish=wish, actor=request.user)
        except NotPossible as error:
            context = case_context(request)
            if context["case"] is None or not context["can_resend"]:
                # The other click of this very button, or what came of the letter meanwhile.
                messages.info(request, str(error))
                return redirect("contract_data:contract")
            form.add_error(None, str(error))
        else:
            messages.success(request, _told(changed.state == "review"))
            return redirect("contract_data:contract")
    return render(request, "contract_data/resend.html", {**context, "form": form})


def _told(is_reviewed: bool) -> str:
    if is_reviewed:
        return _("訂正した住所を受け付けました。書類と照らし合わせてから、お手紙をお送りします。")
    return _("お手紙をもう一度お送りします。")
