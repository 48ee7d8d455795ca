"""The portal's web server with one page more: a form with two files, as a step of an order has it.

With TESTS_UNLIMITED set it is without the handler that limits files.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfcare.settings")

from selfcare.wsgi import application

__all__ = ["application"]

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.urls import clear_url_caches, include, path

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.requests import CustomerRequest
from selfcare.documents.forms import DocumentField, keep_documents, takes_documents
from selfcare.orders.models import Order


class FilesForm(forms.Form):
    word = forms.CharField(required=False)
    record = DocumentField(label="登録申込書", kind="tests.legal", required=False)
    other = DocumentField(label="残回線構成表", kind="tests.remaining", required=False)


@takes_documents(files=2)
@customer_view()
def files(request: CustomerRequest) -> HttpResponse:
    """The form as it stands, and as plain text what became of it."""
    if request.method != "POST":
        return HttpResponse(f'<main><form method="post">{_token(request)}</form></main>')
    customer = request.user.customer
    assert customer
    order = Order.objects.create(
        procedure="lines.suspend", customer=customer, actor=request.user, created_at=clock.now()
    )
    form = FilesForm(request.POST, request.FILES)
    form.is_valid()
    keep_documents(form=form, order=order, actor=request.user)
    names = [f"{name}={form.cleaned_data.get(name)}" for name in form.fields]
    return HttpResponse(f"<main>{form.errors.as_text()} {' '.join(names)}</main>")


def _token(request: CustomerRequest) -> str:
    return f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'


urlpatterns = [path("files/", files), path("", include("selfcare.urls"))]
settings.ROOT_URLCONF = __name__
if os.environ.get("TESTS_UNLIMITED"):
    settings.FILE_UPLOAD_HANDLERS = settings.FILE_UPLOAD_HANDLERS[1:]
clear_url_caches()
