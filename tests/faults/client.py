"""A browser for tests of faults: walks the real pages and keeps how long each request took."""

import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from tests.faults.seed import PASSWORD, Shopper
from tests.harness import Stack

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
_FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
_ORDER = re.compile(r"/orders/([0-9a-f-]{36})/")
_CODE = re.compile(r": ([0-9]{6})$", re.MULTILINE)


@dataclass(frozen=True)
class Took:
    """One request: when it began (monotonic), how long it took, what it was; `status` 0: no answer."""

    began: float
    seconds: float
    what: str
    status: int


@dataclass
class Browser:
    base: str
    cookie: str = ""
    seconds: float = 30
    took: list[Took] = field(default_factory=list)

    def __post_init__(self) -> None:
        cookies = {"selfcare": self.cookie} if self.cookie else {}
        limits = httpx.Limits(max_connections=None)
        self.http = httpx.Client(base_url=self.base, timeout=self.seconds, cookies=cookies, limits=limits)

    def request(self, method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        """One request, measured; redirects are followed one by one, each a request of its own."""
        while True:
            began, status = time.monotonic(), 0
            try:
                response = self.http.request(method, path, data=data)
                status = response.status_code
            finally:
                self.took.append(Took(began, time.monotonic() - began, f"{method} {path}", status))
            if not response.is_redirect:
                return response
            method, path, data = "GET", response.headers["location"], None

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def send(self, page: httpx.Response, path: str = "", **data: str) -> httpx.Response:
        """Fill in and send the form of a page, to `path` or to the page's own address."""
        return self.request("POST", path or page.url.raw_path.decode(), {**hidden(page.text), **data})

    def draft(self, path: str, **data: str) -> httpx.Response:
        """From the input page to the confirm page."""
        page = self.send(self.get(path), **data)
        assert page.url.path.endswith("/confirm/"), f"{page.status_code} {page.url}\n{main(page.text)}"
        return page

    def confirm(self, page: httpx.Response) -> httpx.Response:
        """Press the confirm page's button; a page that says what has changed since is read and its button pressed.

        The hour of an opening may strike between the two pages. Whoever reads gives up after the second such page.
        """
        answer = self.send(page)
        for _ in range(2):
            if answer.status_code != httpx.codes.CONFLICT or "shown" not in hidden(answer.text):
                break
            answer = self.send(answer)
        return answer

    def order(self, path: str, **data: str) -> str:
        """The whole way; returns the order's uuid."""
        done = self.confirm(self.draft(path, **data))
        assert done.status_code == 200, f"{done.status_code} {done.url}"
        return uuid_of(done)

    def log_in(self, stack: Stack, selfcare_id: str) -> None:
        self.send(self.get("/login/"), selfcare_id=selfcare_id, password=PASSWORD)
        stack.wait(lambda: codes(stack), seconds=20)
        page = self.send(self.get("/login/code/"), code=codes(stack)[-1])
        assert page.url.path == "/", page.url


def of(stack: Stack, shopper: Shopper, **options: Any) -> Browser:
    return Browser(stack.web_url, cookie=shopper.cookie, **options)


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the page's own form: the first one in <main>."""
    form = _FORM.search(main(text))
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(form.group())} if form else {}


def main(text: str) -> str:
    found = _MAIN.search(text)
    return found.group() if found else text


def uuid_of(response: httpx.Response) -> str:
    found = _ORDER.search(response.url.path)
    assert found, response.url
    return found.group(1)


def mails(stack: Stack) -> list[str]:
    """The text of every mail sent, oldest first."""
    files = sorted((stack.var / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [_text(file) for file in files]


def _text(file: Path) -> str:
    body = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def codes(stack: Stack) -> list[str]:
    return [found.group(1) for mail in mails(stack) if (found := _CODE.search(mail))]


def at_once(count: int, what: Callable[[int], Any]) -> list[Any]:
    """Run `what(0..count-1)` in as many threads, all let go at the same moment; exceptions are results."""
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        try:
            results[number] = what(number)
        except Exception as error:
            results[number] = error

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
