"""What every page must keep: WCAG 2.2 AA as far as axe sees it, and no sideways scrolling at any width."""

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

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
#: What need not be looked at again: wide or not, light or not.
_FURTHER: dict[tuple[bool, bool], list[str]] = {
    (True, True): [],
    (True, False): [_FURTHER_ROWS],
    (False, True): [_FURTHER_ROWS],
    (False, False): [_MAIN],
}
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
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            further = _FURTHER[width == SIZES[0][0], scheme == SCHEMES[0]]
            for violation in violations(page, _ALL if scheme == SCHEMES[0] else _COLOURS, without=further):
                nodes = "\n".join(f"    {target}: {html}\n      {why}" for target, html, why in violation["nodes"][:5])
                found.append(f"{width} {scheme} {violation['id']}: {violation['help']}\n{nodes}")
    return found + overflow(page)


def overflow(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    found = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"scrolls sideways at {width}: {text}" for text in page.evaluate(_OVERFLOW)]
    return found
