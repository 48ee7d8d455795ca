"""The few marks of an article, as HTML that can hold nothing else: everything that is no mark is text.

## a heading      - an item      1. a numbered item      **strong**      [words](/path/) or [words](https://…)
Paragraphs are parted by an empty line.
"""

import re
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_ITEM = re.compile(r"(?P<dot>- )|(?P<number>[0-9]{1,2}\. )")
_INLINE = re.compile(
    r"\*\*(?P<strong>[^*]+)\*\*|\[(?P<words>[^\]]+)\]\((?P<address>(?:/(?![/\\])|https://)[^\s)\\]*)\)"
)


def html(text: str) -> SafeString:
    """The article's body below the page's h1: its headings are h2."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return format_html_join("\n", "{}", ((_block(kind, list(part)),) for kind, part in groupby(lines, _kind) if kind))


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    if line.startswith("## "):
        return "h2"
    found = _ITEM.match(line)
    if found is None:
        return "p"
    return "ul" if found["dot"] else "ol"


def _block(kind: str, lines: list[str]) -> SafeString:
    if kind == "h2":
        return format_html_join("\n", "<h2>{}</h2>", ((_inline(line[3:]),) for line in lines))
    if kind == "p":
        return format_html("<p>{}</p>", format_html_join(mark_safe("<br>"), "{}", ((_inline(line),) for line in lines)))
    items = format_html_join("", "<li>{}</li>", ((_inline(line[_marks(line) :]),) for line in lines))
    return format_html("<ul>{}</ul>" if kind == "ul" else "<ol>{}</ol>", items)


def _marks(line: str) -> int:
    found = _ITEM.match(line)
    return found.end() if found else 0


def _inline(text: str) -> SafeString:
    """Strong words and links; of a link's address only our own paths and https are taken."""
    parts: list[str | SafeString] = []
    at = 0
    for found in _INLINE.finditer(text):
        parts.append(text[at : found.start()])
        if found["strong"]:
            parts.append(format_html("<strong>{}</strong>", found["strong"]))
        else:
            parts.append(format_html('<a href="{}">{}</a>', found["address"], found["words"]))
        at = found.end()
    parts.append(text[at:])
    return format_html_join("", "{}", ((part,) for part in parts))
