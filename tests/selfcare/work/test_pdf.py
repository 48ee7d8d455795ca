"""What a letter may pull in: files of our own folders, nothing else."""

import pytest
from django.conf import settings

from selfcare.work import pdf


def test_files_of_our_own_are_fetched():
    own = next((settings.BASE_DIR / "static").rglob("*.css"))
    assert pdf._fetcher()(own.as_uri()).read() == own.read_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://127.0.0.1:9/x.png",
        "file:///etc/passwd",
        (settings.BASE_DIR / "static" / ".." / "manage.py").as_uri().replace("manage", "%2e%2e/manage"),
        "data:text/plain,x",
    ],
)
def test_everything_else_is_refused(address):
    with pytest.raises(ValueError, match="may not fetch"):
        pdf._fetcher()(address)


def test_a_refused_picture_stops_no_letter(caplog):
    assert pdf.join(['<p>x</p><img alt="x" src="file:///etc/passwd">']).startswith(b"%PDF")
    assert "A PDF may not fetch file:///etc/passwd" in caplog.text
