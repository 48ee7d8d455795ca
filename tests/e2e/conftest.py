"""One portal and one browser for all tests of this folder, and a fresh browser profile for each test.

The browser is Debian's chromium. Playwright's loop runs in this thread, in which Django then refuses to ask the
database: what a test wants to know from there it asks by `portal.stack.sql`.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from selfcare.runtime import bootstrap
from tests.e2e import pages
from tests.e2e.portal import Portal
from tests.harness import running

# The browser takes the last list of all, so that Playwright's own stands here too; the two of the address bar are
# pages that it would load for each new profile, at twice the cost of the page that is looked at.
_WITHOUT = [
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *(
        "HttpsFirstBalancedModeAutoEnable",
        "LensOverlay",
        "MediaRouter",
        "PaintHolding",
        "ThirdPartyStoragePartitioning",
    ),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
]
FLAGS = [
    f"--disable-features={','.join(_WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
#: Milliseconds: a machine that is busy with other tests is slow, not wrong.
expect.set_options(timeout=30_000)
OpenPage = Callable[..., Page]


def _chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        bootstrap.install_packages(["chromium"])
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no browser: apt-get install -y --no-install-recommends chromium")
    return found


# Not for the session: tests of other folders that follow must find no running loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def portal() -> Iterator[Portal]:
    with running(demo_data=True) as stack:
        # Passkeys belong to a host by its name; browsers take localhost for a safe one.
        stack.env["SELFCARE_BASE_URL"] = stack.web_url.replace("127.0.0.1", "localhost")
        stack.start("web", "worker", "login-worker", "dispatch", "carrier-simulator")
        yield Portal(stack)


@pytest.fixture(scope="module", autouse=True)
def _as_every_file_finds_it(portal: Portal) -> None:
    """However other files have left clock and carrier: which ones ran before in this process is chance."""
    portal.carrier()
    portal.set_clock(portal.day)


@pytest.fixture(scope="package")
def logins(portal: Portal, browser: Browser) -> pages.Logins:
    return pages.Logins(portal, browser)


@pytest.fixture
def open_page(portal: Portal, browser: Browser, logins: pages.Logins) -> Iterator[OpenPage]:
    """`open_page()` is a new browser; `open_page("minato_owner")` one that is logged in.

    Tests that share a login share its session, unless `fresh=True`. Other options are those of a browser context.
    A script that fails or a breach of the content policy fails the test.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            problems.append(message.text)

    def make(login: str | None = None, *, fresh: bool = False, **options: Any) -> Page:
        state = None
        if login and not fresh:
            state = logins.state(login)
        context = pages.new_context(browser, portal, storage_state=state, **options)
        contexts.append(context)
        context.on("console", heard)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        page = context.new_page()
        if login and fresh:
            pages.log_in(page, portal, login)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not problems
