"""Files over a page's limit are never kept: not in memory, not on disk, whoever sends them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from selfcare.shell.uploads import LARGEST_REQUEST, largest_upload, too_large

KILOBYTE = 1024


@largest_upload(100 * KILOBYTE)
def small(request: HttpRequest) -> HttpResponse:
    sizes = {name: sum(file.size or 0 for file in request.FILES.getlist(name)) for name in request.FILES}
    return HttpResponse(f"{sizes} {dict(request.POST.items())} {too_large(request)}")


@largest_upload(100 * KILOBYTE, files=2, told=True)
def pair(request: HttpRequest) -> HttpResponse:
    kinds = {name: [type(file).__name__ for file in request.FILES.getlist(name)] for name in request.FILES}
    return HttpResponse(f"{kinds} {dict(request.POST.items())} {too_large(request)}")


def usual(request: HttpRequest) -> HttpResponse:
    return small(request)


urlpatterns = [path("small/", small), path("pair/", pair), path("usual/", usual), path("", include("selfcare.urls"))]

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


def several(client, *sizes):
    files = [SimpleUploadedFile(f"{n}.csv", b"x" * size) for n, size in enumerate(sizes)]
    return client.post("/pair/", {"file": files, "word": "kept"}).content.decode()


def test_a_page_that_asks_for_it_is_told_which_file_was_too_large(client):
    small = "InMemoryUploadedFile"
    assert several(client, 1, 1) == f"{{'file': ['{small}', '{small}']}} {{'word': 'kept'}} False"
    assert several(client, 200 * KILOBYTE, 1) == f"{{'file': ['TooLargeFile', '{small}']}} {{'word': 'kept'}} True"
    assert "['TooLargeFile']" in several(client, 5_000 * KILOBYTE)


def test_all_files_of_a_request_have_one_limit(client):
    kinds = several(client, *[90 * KILOBYTE] * 10)
    assert kinds.count("InMemoryUploadedFile") == 2
    assert kinds.count("TooLargeFile") == 8


def test_files_are_closed_behind_one_that_was_too_large(client):
    answer = client.post("/pair/", {"file": [SimpleUploadedFile(f"{n}.csv", b"x" * 102_401 * 30) for n in range(2)]})
    for file in answer.wsgi_request.FILES.getlist("file"):
        file.close()


@pytest.mark.parametrize("path", ["/small/", "/login/", "/nothing/"])
def test_a_request_that_announces_too_much_is_answered_unread(client, path):
    answer = client.post(path, {"a": "b"}, CONTENT_LENGTH=str(LARGEST_REQUEST + 1))
    assert answer.status_code == 413
    assert "128MB" in answer.content.decode()
    assert client.get(path, CONTENT_LENGTH="nothing").status_code != 413


def test_without_the_middleware_it_would_be_read(client, settings):
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "LargestRequest" not in one]
    with pytest.raises(AssertionError, match="Cannot read more than the available bytes"):
        client.post("/small/", {"a": "b"}, CONTENT_LENGTH=str(LARGEST_REQUEST + 1))


def test_there_is_a_limit_of_files(client):
    assert client.post("/pair/", {"file": [SimpleUploadedFile("a.csv", b"x") for _n in range(21)]}).status_code == 400


@override_settings(FILE_UPLOAD_HANDLERS=["django.core.files.uploadhandler.TemporaryFileUploadHandler"])
def test_without_the_handler_it_would_be_kept(client):
    assert sent(client, "/small/", 5_000 * KILOBYTE).startswith("{'file': 5120000}")
