"""Input that no honest browser sends, and the forms to send it with."""

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote_from_bytes, urlencode, urlsplit

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}{% now %}"

#: Already in the form of an address or body: what Python cannot hold as text comes through too.
VALUES: dict[str, str] = {
    "nothing": "",
    "NUL": "a%00b",
    "a NUL alone": "%00",
    "no UTF-8": "%ff%fe%80abc",
    "half a surrogate": "%ed%a0%80",
    "overlong": "%c0%af%c0%ae",
    "markup": quote_from_bytes(XSS.encode()),
    "new lines": "a%0d%0aBcc:%20evil@evil.example%0d%0a%0d%0abody",
    "a new line in an address": "a@customer.example%0aBcc:evil@evil.example",
    "quotes": quote_from_bytes(b"' OR 1=1; DROP TABLE users --"),
    "wildcards": "%25_%25",
    "a path": quote_from_bytes(b"../../../../etc/passwd"),
    "minus": "-1",
    "a half": "1.5",
    "an exponent": "1e309",
    "no number": "NaN",
    "beyond bigint": "9" * 25,
    "beyond int()": "9" * 5000,
    "other digits": quote_from_bytes("２²٣".encode()),
    "no date": "9999-99-99",
    "the last day": "9999-12-31",
    "the first day": "0001-01-01",
    "no moment": "2026-02-30T25:61:61Z",
    "JSON": quote_from_bytes(b'{"$ne": null}'),
    "no UUID": "00000000-0000-0000-0000-00000000000g",
    "marks and emoji": quote_from_bytes("\u202e\ufeff\u200b👩‍👩‍👧‍👦\U000e0041".encode()),
    "long": "x" * 10_000,
}

#: Those that have broken pages before, here or elsewhere.
WORST = ("NUL", "nothing", "beyond int()", "other digits", "the last day", "no UUID")


class _Fields(HTMLParser):
    """Fields by form: name, and the value that the page gives it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links += [name for name, _value in parse_qsl(urlsplit(values.get("href", "")).query)]
        if tag == "form":
            self.forms.append((values.get("method", "get").lower(), values.get("action", ""), {}))
        if not self.forms:
            return
        fields = self.forms[-1][2]
        if tag in {"input", "textarea", "button"} and values.get("name") and values.get("type") != "file":
            fields[values["name"]] = values.get("value", "")
        if tag == "select":
            self._select = values.get("name", "")
            fields[self._select] = ""
        if tag == "option" and "selected" in values:
            fields[self._select] = values.get("value", "")


def forms(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """(method, action, fields) of every form of a page."""
    reader = _Fields()
    reader.feed(text)
    return reader.forms


def parameters(text: str) -> list[str]:
    """Query parameters that a page offers by its links and search forms."""
    reader = _Fields()
    reader.feed(text)
    named = [name for method, _action, fields in reader.forms if method == "get" for name in fields]
    return sorted({*named, *reader.links})


#: From so many pages to a value on.
MANY = 8


def share(kinds: Iterable[str], turn: int, of: int) -> list[str]:
    """The `turn`-th of `of` equal parts, and NUL always: many pages take turns where all of it would take too long."""
    return [kind for place, kind in enumerate(kinds) if place % of == turn % of or kind == "NUL"]


def bodies(fields: dict[str, str], turn: int, of: int) -> Iterator[tuple[str, str]]:
    """What to send instead of `fields`, each with its name.

    Every value in all fields at once; then the worst ones in one field after the other, because the first bad field
    may hide the next; fields twice, as lists, and missing. Where very many pages share the values, their fields take
    turns as well.
    """
    for kind in share(VALUES, turn, of):
        yield f"all: {kind}", _all(fields, kind)
    for place, name in enumerate(fields):
        if of > MANY and place % 3 != turn % 3:
            continue
        rest = urlencode({key: value for key, value in fields.items() if key != name})
        for kind in share(WORST, turn + place, of):
            yield f"{name}: {kind}", f"{rest}&{urlencode({name: ''})}{VALUES[kind]}"
        yield f"{name}: twice and as a list", f"{rest}&{name}=1&{name}=2&{name}[]=1&{name}[a]=2"
    yield "nothing at all", ""


def _all(fields: dict[str, str], kind: str) -> str:
    return "&".join(f"{urlencode({name: ''})}{VALUES[kind]}" for name in fields)
