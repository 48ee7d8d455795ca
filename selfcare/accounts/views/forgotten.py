"""The public forms: forgotten password, forgotten ID. The answer never tells whether anybody was found."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from selfcare.accounts.forms import ForgottenForm, LostIdForm, ResetForm
from selfcare.accounts.services import passwords


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    form = ForgottenForm(request.POST or None)
    if form.is_valid():
        passwords.request_reset(selfcare_id=form.cleaned_data["selfcare_id"], email=form.cleaned_data["email"])
        return render(request, "accounts/forgotten_done.html")
    return render(request, "accounts/forgotten.html", {"form": form})


@never_cache
def lost_id(request: HttpRequest) -> HttpResponse:
    form = LostIdForm(request.POST or None)
    if form.is_valid():
        passwords.request_lost_id(email=form.cleaned_data["email"])
        return render(request, "accounts/lost_id_done.html")
    return render(request, "accounts/lost_id.html", {"form": form})


@never_cache
@sensitive_post_parameters()
@sensitive_variables("token")
def reset(request: HttpRequest, token: str) -> HttpResponse:
    user = passwords.user_of_link(token=token)
    if user is None:
        return render(request, "accounts/reset.html", {"valid": False}, status=404)
    form = ResetForm(request.POST or None, user=user)
    if form.is_valid():
        try:
            passwords.reset_password(token=token, new=form.cleaned_data["new_password"])
        except passwords.LinkInvalidError:
            return render(request, "accounts/reset.html", {"valid": False}, status=404)
        except ValidationError as refused:
            form.add_error("new_password", refused)
        else:
            # Not logged in by the link: the second step is still to come.
            return redirect(f"{reverse('login')}?ended=reset")
    return render(request, "accounts/reset.html", {"form": form, "valid": True})
