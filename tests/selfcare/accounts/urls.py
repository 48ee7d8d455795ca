"""The portal with a view beside it that a test needs: its session is ended elsewhere while it runs."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from selfcare import urls
from selfcare.accounts.models import UserSession


def end_while_running(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = True
    UserSession.objects.all().delete()
    return HttpResponse("done")


urlpatterns = [path("test/end-while-running/", end_while_running), *urls.urlpatterns]
