"""Files of 100 MB and more, through the real server: told beside the field, and nobody else notices."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from tests.faults import client, seed
from tests.harness import Stack
from tests.selfcare.documents import files

pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]

ENTRY = "tests.hostile.upload_page:application"
MEGABYTE = 1024 * 1024
#: What one process may grow by while it reads one request: the file that it keeps, inspected, and the parser's parts.
GROWTH = 60 * MEGABYTE


@dataclass
class Watched:
    """The largest it was while the block ran: bytes of the web server's memory beyond those at the start, bytes of
    its temporary files; and how long somebody else waited for a page, in seconds, as the whole block took them."""

    memory: int = 0
    disk: int = 0
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0


@pytest.fixture
def portal(make_stack: Callable[..., Stack], tmp_path: Path) -> Stack:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    stack = make_stack(TMPDIR=str(temporary))
    stack.start("web", entry=ENTRY)
    return stack


@pytest.fixture
def browser(portal: Stack) -> client.Browser:
    (shopper,) = seed.shoppers(portal)
    return client.of(portal, shopper, seconds=120)


@pytest.fixture
def large(tmp_path: Path) -> Callable[[int], Path]:
    def make(megabytes: int) -> Path:
        """A PDF that never ends; the disk keeps no zeros."""
        path = tmp_path / f"{megabytes}.pdf"
        with path.open("wb") as file:
            file.write(b"%PDF-1.7\n")
            file.truncate(megabytes * MEGABYTE)
        return path

    return make


def memory(stack: Stack) -> int:
    web = psutil.Process(stack.pid("web"))
    return max(one.memory_info().rss for one in (web, *web.children(recursive=True)))


def temporary_bytes(stack: Stack) -> int:
    """Of files without a name too: the upload's own are of that kind."""
    total = 0
    for process in psutil.Process(stack.pid("web")).children(recursive=True):
        for link in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                if str(link.readlink()).startswith(stack.env["TMPDIR"]):
                    total += link.stat().st_blocks * 512
            except OSError:
                continue
    return total


@contextmanager
def watched(stack: Stack) -> Iterator[Watched]:
    before, seen, over = memory(stack), Watched(), threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            seen.memory = max(seen.memory, memory(stack) - before)
            seen.disk = max(seen.disk, temporary_bytes(stack))

    def ask() -> None:
        with httpx.Client(base_url=stack.web_url, timeout=30) as other:
            while not over.wait(0.05):
                began = time.monotonic()
                assert other.get("/login/").status_code == 200
                seen.waits.append(time.monotonic() - began)

    threads = [threading.Thread(target=one) for one in (look, ask)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    try:
        yield seen
    finally:
        seen.seconds = time.monotonic() - started
        over.set()
        for thread in threads:
            thread.join()


def post(browser: client.Browser, uploads: list[tuple[str, Path]], word: str = "x") -> httpx.Response:
    token = client.hidden(browser.get("/files/").text)
    opened = [(name, (path.name, path.open("rb"), "application/pdf")) for name, path in uploads]
    return browser.http.post("/files/", data={**token, "word": word}, files=opened)


def stored(stack: Stack) -> list[tuple]:
    return stack.sql("SELECT name, size FROM documents_document ORDER BY id")


def kept(stack: Stack) -> list[int]:
    return sorted(path.stat().st_size for path in (stack.var / "documents").rglob("*") if path.is_file())


def test_a_hundred_megabytes_are_refused_beside_the_field(portal, browser, large, tmp_path):
    good = tmp_path / "good.pdf"
    good.write_bytes(files.pdf())
    with watched(portal) as seen:
        answer = post(browser, [("record", large(100)), ("other", good)], word="書いたもの")
    assert answer.status_code == 200
    assert "10MBまで" in answer.text
    assert "other=good.pdf word" not in answer.text
    assert "word=書いたもの" in answer.text
    assert stored(portal) == [("good.pdf", len(files.pdf()))], "the other field's file is kept"
    assert kept(portal) == [len(files.pdf())]
    print(f"\nfigure: 100 MB: memory +{seen.memory / MEGABYTE:.0f} MB, disk {seen.disk / MEGABYTE:.0f} MB, "
          f"others waited {max(seen.waits) * 1000:.0f} ms")  # fmt: skip
    assert seen.memory < GROWTH
    assert seen.disk <= 11 * MEGABYTE
    # On a busy machine both are slow; who had to wait for the upload would have waited as long as it took.
    assert max(seen.waits) < max(3, seen.seconds / 2)
    portal.wait(lambda: temporary_bytes(portal) == 0, seconds=10)
    assert list(Path(portal.env["TMPDIR"]).iterdir()) == []


def test_without_the_handler_it_would_lie_on_the_disk(make_stack, tmp_path, large):
    (tmp_path / "t").mkdir()
    stack = make_stack(TMPDIR=str(tmp_path / "t"), TESTS_UNLIMITED="1")
    stack.start("web", entry=ENTRY)
    (shopper,) = seed.shoppers(stack)
    with watched(stack) as seen:
        answer = post(client.of(stack, shopper, seconds=120), [("record", large(100))])
    assert "10MBまで" in answer.text, "the field refuses it all the same"
    assert seen.disk > 50 * MEGABYTE
    assert stored(stack) == []


def test_many_large_files_at_once_cost_no_more_than_the_page_takes(portal, browser, large):
    with watched(portal) as seen:
        answer = post(browser, [("record", large(10)) for _n in range(12)])
    assert "record=None" in answer.text or "10MBまで" in answer.text
    assert seen.disk <= 21 * MEGABYTE
    assert seen.memory < GROWTH
    assert stored(portal) == []


def test_too_many_files_are_refused(portal, browser, tmp_path):
    good = tmp_path / "good.pdf"
    good.write_bytes(files.pdf())
    assert post(browser, [("record", good)] * 21).status_code == 400
    assert stored(portal) == []
    assert post(browser, [("record", good)] * 20).status_code == 200
    assert len(stored(portal)) == 1


@pytest.mark.parametrize("path", ["/files/", "/login/", "/nothing/", "/admin/login/"])
def test_what_announces_more_than_any_page_takes_is_answered_unread(portal, browser, path):
    """Only the beginning is sent; an answer that waited for the rest would never come."""
    host, port = portal.web_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: selfcare={browser.cookie}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 10737418240\r\n\r\n--x\r\n"
        )
        connection.sendall(head.encode() + b"x" * 65_536)
        answer = b""
        while b"</html>" not in answer and (part := connection.recv(65_536)):
            answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"128MB" in answer
    assert "前のページに戻り" in answer.decode(errors="replace")
    assert browser.get("/files/").status_code == 200


def test_a_browser_that_sends_it_all_gets_the_page_too(portal, browser, large):
    # The connection may be over before the browser has listened.
    gone = suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError)
    with watched(portal) as seen, gone:
        assert post(browser, [("record", large(300))]).status_code == 413
    assert seen.memory < GROWTH
    assert seen.disk == 0
    assert stored(portal) == []
    assert browser.get("/files/").status_code == 200


def test_an_upload_that_breaks_off_leaves_nothing(portal, browser):
    host, port = portal.web_url.removeprefix("http://").split(":")
    token = client.hidden(browser.get("/files/").text)["csrfmiddlewaretoken"]
    csrf = browser.http.cookies["selfcare_csrf"]
    for _turn in range(4):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            body = (
                f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
                '--x\r\nContent-Disposition: form-data; name="record"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'
            )
            connection.sendall(
                (
                    f"POST /files/ HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 9000000\r\n"
                    f"Cookie: selfcare={browser.cookie}; selfcare_csrf={csrf}\r\n"
                    f"Content-Type: multipart/form-data; boundary=x\r\n\r\n{body}"
                ).encode()
                + bytes(3 * MEGABYTE)
            )
    portal.wait(lambda: temporary_bytes(portal) == 0, seconds=20)
    assert browser.get("/files/").status_code == 200
    assert stored(portal) == []
    assert kept(portal) == []
