"""ユーザー情報: everybody's own data."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from selfcare.accounts.access import customer_view
from selfcare.accounts.company_forms import ProfileForm
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services.addresses import code_address, masked
from selfcare.accounts.services.profiles import edit_profile


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view()
def profile(request: CustomerRequest) -> HttpResponse:
    user = request.user
    initial = {"name": user.name, "email": user.email, "language": user.language}
    form = ProfileForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            changed = edit_profile(user=user, **form.cleaned_data, actor=user)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            if changed:
                messages.success(request, _("ユーザー情報を変更しました。"))
            else:
                messages.info(request, _("変更はありませんでした。"))
            return redirect("accounts:profile")
    address = code_address(user)
    context = {"form": form, "address": masked(address) if address else "", "is_owner": user.has_role(Role.OWNER)}
    return render(request, "accounts/profile.html", context)
