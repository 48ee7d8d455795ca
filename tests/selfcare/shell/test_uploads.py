"""Files over a page's limit are never kept: not in memory, not on disk, whoever sends them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from selfcare.shell.uploads import largest_upload, too_large

KILOBYTE = 1024


@largest_upload(100 * KILOBYTE)
def small(request: HttpRequest) -> HttpResponse:
    sizes = {name: sum(file.size or 0 for file in request.FILES.getlist(name)) for name in request.FILES}
    return HttpResponse(f"{sizes} {dict(request.POST.items())} {too_large(request)}")


def usual(request: HttpRequest) -> HttpResponse:
    return small(request)


urlpatterns = [path("small/", small), path("usual/", usual), path("", include("selfcare.urls"))]

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.urls(__name__)]


def sent(client, to, size):
    answer = client.post(to, {"word": "kept", "file": SimpleUploadedFile("a.csv", b"x" * size)})
    return answer.content.decode()


@pytest.mark.parametrize("size", [1, 100 * KILOBYTE])
def test_what_is_within_the_limit_is_there(client, size):
    assert sent(client, "/small/", size) == f"{{'file': {size}}} {{'word': 'kept'}} False"


@pytest.mark.parametrize("size", [100 * KILOBYTE + 1, 5_000 * KILOBYTE])
def test_what_is_over_the_limit_is_missing_and_the_rest_is_there(client, size):
    assert sent(client, "/small/", size) == "{} {'word': 'kept'} True"


def test_other_pages_have_the_general_limit(client):
    assert sent(client, "/usual/", 200 * KILOBYTE).startswith("{'file': 204800}")
    assert sent(client, "/usual/", 20_481 * KILOBYTE) == "{} {'word': 'kept'} True"


@override_settings(FILE_UPLOAD_HANDLERS=["django.core.files.uploadhandler.TemporaryFileUploadHandler"])
def test_without_the_handler_it_would_be_kept(client):
    assert sent(client, "/small/", 5_000 * KILOBYTE).startswith("{'file': 5120000}")
