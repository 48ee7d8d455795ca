"""What every page must keep: WCAG 2.2 AA as far as axe sees it, and no sideways scrolling at any width."""

import re
import zlib
from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.scale import FULL

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
_ALL = {"type": "tag", "values": _TAGS}
#: What another colour scheme can change on the same page at the same width.
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Without preloading: it fetches the style sheets anew for rules that are none of these.
_RUN = """([only, without]) => axe.run(
    {exclude: without.map(where => [where])}, {runOnly: only, resultTypes: ["violations"], preload: false},
).then(found => found.violations.map(violation => ({
        id: violation.id, help: violation.help,
        nodes: violation.nodes.map(node => [node.target.join(" "), node.html.slice(0, 160), node.failureSummary]),
    })))"""
#: The rows of long tables are alike: they are all looked at once, and the first ones however the page is shown.
_FURTHER_ROWS = "tbody tr:nth-child(n+6)"
#: What stands around the main part is another one in a narrow window; the main part's colours depend on the scheme.
_MAIN = "main"
# Colours under way from one scheme to the other are nobody's. Sheets made by script pass the content policy.
_STILL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
_OVERFLOW = """() => {
    const root = document.documentElement, wide = document.documentElement.clientWidth;
    if (root.scrollWidth <= wide) return [];
    const out = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > wide + 1);
    return [`${root.scrollWidth} > ${wide}`, ...out.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
}"""

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
#: A desktop and a telephone; heights as usual with them.
SIZES = ((1280, 900), (375, 800))
View = tuple[tuple[int, int], Scheme, dict[str, Any], list[str]]
#: WCAG 1.4.10: 320 pixels, and 1280 at 200 %.
NARROW = (320, 640)


def violations(page: Page, only: dict[str, Any] = _ALL, *, without: Sequence[str] = ()) -> list[Any]:
    """What axe finds on the page as it is shown now; `without` what these selectors find."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
        page.evaluate(_STILL)
    found: list[Any] = page.evaluate(_RUN, [only, list(without)])
    return found


def faults(page: Page) -> list[str]:
    """Everything wrong with the page that stands open: light and dark, wide and narrow, and scrolling sideways."""
    found = []
    for (width, height), scheme, only, without in _views(page.url):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        for violation in violations(page, only, without=without):
            nodes = "\n".join(f"    {target}: {html}\n      {why}" for target, html, why in violation["nodes"][:5])
            found.append(f"{width} {scheme} {violation['id']}: {violation['help']}\n{nodes}")
    return found + overflow(page)


def _views(url: str) -> list[View]:
    """Both widths and both schemes: at full scale each with each, else two, and which go together is the page's lot.

    What need not be looked at again is left out.
    """
    wide, narrow = SIZES
    if FULL:
        return [
            (wide, "light", _ALL, []),
            (wide, "dark", _COLOURS, [_FURTHER_ROWS]),
            (narrow, "light", _ALL, [_FURTHER_ROWS]),
            (narrow, "dark", _COLOURS, [_MAIN]),
        ]
    shape = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "", url)
    first, second = SCHEMES if zlib.crc32(shape.encode()) % 2 else SCHEMES[::-1]
    return [(wide, first, _ALL, []), (narrow, second, _ALL, [_FURTHER_ROWS])]


def overflow(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    found = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"scrolls sideways at {width}: {text}" for text in page.evaluate(_OVERFLOW)]
    return found
