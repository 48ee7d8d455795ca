"""What is wrong with a page as the browser gets it: its headers, and markup that the content policy would refuse."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from tests.hostile.walk import body

#: What a `<script>` without `src` may hold: data, which no browser runs.
_DATA = {"application/json", "application/ld+json", "text/template"}
_ADDRESSES = {"href", "src", "action", "formaction", "srcset", "data", "poster"}
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "object-src": "'none'",
    "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'self'",
}  # fmt: skip


class Markup(HTMLParser):
    """Collects `faults` of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.tags = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        values = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") not in _DATA):
            self.faults.append(f"inline <{tag}> {values}")
        if tag in {"iframe", "object", "embed", "base", "applet"}:
            self.faults.append(f"<{tag}>")
        if tag == "input" and values.get("type") == "password" and values.get("value"):
            self.faults.append("a password in the page")
        for name, value in values.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                self.faults.append(f"{name}= on <{tag}>")
            if name.startswith("hx-") and value.lstrip().startswith(("js:", "javascript:")):
                self.faults.append(f"{name}={value}")
            if name in _ADDRESSES and not _is_ours(tag, name, value):
                self.faults.append(f"{name}={value} on <{tag}>")


def _is_ours(tag: str, name: str, address: str) -> bool:
    parts = urlsplit(address.strip())
    if tag == "a":  # a link may lead to a telephone or a mail program, never run anything
        return parts.scheme in {"", "http", "https", "tel", "mailto"}
    return (not parts.scheme and not parts.netloc) or (tag == "img" and parts.scheme == "data")


def faults_of_markup(text: str) -> list[str]:
    markup = Markup()
    markup.feed(text)
    return markup.faults


def faults_of_headers(headers: Any, *, kept_nowhere: bool = True) -> Iterator[str]:
    """`headers` maps case-insensitively. `kept_nowhere`: no cache may hold the answer."""
    policy = dict(part.strip().partition(" ")[::2] for part in headers.get("Content-Security-Policy", "").split(";"))
    for directive, value in POLICY.items():
        if policy.get(directive) != value:
            yield f"CSP {directive} is {policy.get(directive)}"
    if "unsafe" in str(policy) or "*" in str(policy) or "http" in str(policy):
        yield f"CSP is open: {policy}"
    wanted = {
        "X-Content-Type-Options": {"nosniff"},
        # A page whose address is a secret tells it to nobody at all.
        "Referrer-Policy": {"same-origin", "no-referrer"},
        "Cross-Origin-Opener-Policy": {"same-origin"},
    }
    for name, values in wanted.items():
        if headers.get(name) not in values:
            yield f"{name} is {headers.get(name)}"
    if kept_nowhere and "no-store" not in headers.get("Cache-Control", ""):
        yield f"Cache-Control is {headers.get('Cache-Control')}"
    for name in ("X-Powered-By", "Access-Control-Allow-Origin"):
        if name in headers:
            yield f"{name} is {headers[name]}"
    kind = headers.get("Content-Type", "")
    if kind.startswith("text/") and "charset=utf-8" not in kind.lower().replace('"', ""):
        yield f"Content-Type is {kind}"


def faults_of(answer: Any, *, kept_nowhere: bool = True) -> list[str]:
    """Everything wrong with an answer of the test client."""
    found = list(faults_of_headers(answer.headers, kept_nowhere=kept_nowhere))
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        found += faults_of_markup(body(answer))
    return found
