"""What people do on the portal's pages, in few words."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.portal import Portal

#: Milliseconds for what a worker and the carrier do one after the other, with their pauses.
WORKED = 120_000


def new_context(browser: Browser, portal: Portal, **options: Any) -> BrowserContext:
    settings = {
        "base_url": portal.url,
        "locale": "ja-JP",
        "timezone_id": "Asia/Tokyo",
        "viewport": {"width": 1280, "height": 900},
        "reduced_motion": "reduce",
        **options,
    }
    context = browser.new_context(**settings)
    context.set_default_timeout(30_000)
    return context


class Logins:
    """Each login is made once, by its pages, and lent to every test; a test that ends the session says so."""

    def __init__(self, portal: Portal, browser: Browser) -> None:
        self.portal, self.browser = portal, browser
        self._kept: dict[str, Any] = {}

    def state(self, login: str) -> Any:
        if login not in self._kept:
            context = new_context(self.browser, self.portal)
            page = context.new_page()
            if login.startswith("op_"):
                log_in_operator(page, self.portal, login)
            else:
                log_in(page, self.portal, login)
            self._kept[login] = context.storage_state()
            context.close()
        return self._kept[login]

    def forget(self, login: str) -> None:
        """Its session has been ended; the next test gets a new one."""
        self._kept.pop(login, None)


def give_password(page: Page, portal: Portal, login: str) -> None:
    page.goto("/login/")
    page.get_by_label("セルフケアID").fill(login)
    page.get_by_label("セルフケアパスワード", exact=True).fill(portal.password(login))
    page.get_by_role("button", name="ログインする").click()


def log_in(page: Page, portal: Portal, login: str) -> None:
    before = portal.mails()
    give_password(page, portal, login)
    if page.url.endswith("/login/code/"):
        page.get_by_label("認証コード").fill(portal.code(before, login))
        page.get_by_role("button", name="認証してログインする").click()
    expect(page.get_by_role("navigation", name="メニュー")).to_be_visible()


def log_in_operator(page: Page, portal: Portal, login: str) -> None:
    page.goto("/admin/")
    page.get_by_label("オペレーターID").fill(login)
    page.get_by_label("パスワード", exact=True).fill(portal.operator(login)["password"])
    page.get_by_label("認証アプリの6桁の数字").fill(portal.totp(login))
    page.get_by_role("button", name="ログインする").click()
    expect(page.locator("#user-tools")).to_be_visible()


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", level=1, name=text)


def tab_to(page: Page, wanted: Locator, *, most: int = 60) -> None:
    """Press Tab until `wanted` has the focus: what cannot be reached so fails."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by {most} times Tab")


def type_into(page: Page, wanted: Locator, text: str) -> None:
    tab_to(page, wanted)
    page.keyboard.type(text)


def press(page: Page, wanted: Locator) -> None:
    """Go there by Tab, and press it by Enter."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")
