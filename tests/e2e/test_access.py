"""WCAG 2.2 AA on every page, light and dark, wide and narrow; nothing scrolls sideways at 320 pixels or at 200 %."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Page, expect

from tests.e2e import axe, pages
from tests.e2e.addresses import CUSTOMERS, GUESTS, OPERATORS
from tests.e2e.conftest import OpenPage
from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.serial, pytest.mark.faults]


def _faults(page: Page, *steps: str | Callable[[Page], None]) -> list[str]:
    """Faults of the pages at these addresses, or after these actions."""
    found = []
    for step in steps:
        if isinstance(step, str):
            page.goto(step)
        else:
            step(page)
        found += [f"{page.url} {fault}" for fault in axe.faults(page)]
    return found


def _reading(open_page: OpenPage, login: str | None = None) -> Page:
    """The checker's own styles are no breach of the content policy."""
    return open_page(login, bypass_csp=True)


def test_the_check_itself_finds_what_is_wrong(open_page: OpenPage) -> None:
    page = _reading(open_page)
    page.set_content('<html><body><img src="x"><p style="color:#ccc;width:700px">grey</p></body></html>')
    found = "\n".join(axe.faults(page))
    for expected in ("image-alt", "color-contrast", "html-has-lang", "sideways at 320", "sideways at 640"):
        assert expected in found


def test_every_page_with_an_address_of_its_own_is_looked_at() -> None:
    looked_at = {path.partition("?")[0] for path in (*GUESTS, *CUSTOMERS)}
    addresses = set(_addresses(get_resolver()))
    # Search and file of all procedures of a line are one template each: the plan's are looked at. And downloads.
    alike = {path for path in addresses if re.fullmatch(r"/lines/[a-z-]+/(file/(sample\.csv)?)?", path)}
    assert addresses - alike - looked_at == {
        "/login/code/",  # below, after the password
        "/account/security/passkeys/",  # test_passkeys.py, after password and factor were shown
        # Only sent to.
        *("/login/passkey/", "/login/code/passkey/", "/account/security/confirm/passkey/"),
        "/account/security/passkeys/options/",
        # test_factors.py, after password and factor were shown; a file.
        *(f"/account/security/{page}/" for page in ("confirm", "app", "recovery-codes", "mail-codes")),
        "/account/security/recovery-codes/file/",
        "/account/code-address/",  # test_code_address.py, after password and factor were shown
        # test_contract_data.py, after password and factor were shown; and while a letter is on its way.
        *(f"/contract/{page}/" for page in ("mail", "code", "letter")),
        "/account/notifications/change/",  # leads back to the list
        "/account/audit.csv",
        *("/cloud/quote/", "/cloud/quote/pdf/"),  # test_cloud_quote.py; a file
        *(f"/cloud/options/{page}" for page in ("", "change/", "fax-number/")),  # test_cloud_options.py
        *("/healthz", "/readyz", "/metrics", "/lines/carrier/events/"),  # for machines
        *("/logout/", "/i18n/language/", "/payments/cards/new/"),  # only sent to
        "/orders/coming/cancel/",  # test_coming.py, with something ticked
        *(f"/numbering/sip-password/file/{name}.csv" for name in ("sample", "numbers")),  # files
        "/numbering/dial-in/by-date/remaining-lines.xlsx",  # another one
        # test_dial_in_check.py and test_dial_in_parts.py look at these on their way.
        *(f"/numbering/dial-in/{page}" for page in ("", "check/", "contracts/", "prices/", "lead-times/")),
        *(f"/numbering/dial-in/by-date/new/{page}" for page in ("", "contract/")),
        # test_cloud_contract.py looks at these.
        *(f"/cloud/{page}/" for page in ("contract", "settle", "end", "port-in")),
        # test_cloud_settings.py looks at these; and a download.
        *(f"/cloud/{page}/" for page in ("scheme", "phone-book", "phone-book/new", "phone-book/import")),
        "/cloud/phone-book/export/",
        "/cloud/fax/",  # test_cloud_fax.py
        # test_cloud_ids.py looks at these; and what only the app sends to.
        *(f"/cloud/{page}" for page in ("", "add-ids/", "add-number/", "app/login/", "app/logout/")),
    }


def _addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """All that take no arguments, without the admin's."""
    for entry in resolver.url_patterns:
        path = f"{prefix}{entry.pattern}"
        if path.startswith("/admin/") or "<" in path:
            continue
        if isinstance(entry, URLResolver):
            yield from _addresses(entry, path)
        else:
            yield path


def test_pages_before_the_login(portal: Portal, open_page: OpenPage) -> None:
    page = _reading(open_page)

    def wrong(page: Page) -> None:
        page.goto("/login/")
        page.get_by_role("button", name="ログインする").click()
        expect(page.get_by_role("alert")).to_be_visible()

    def asked(page: Page) -> None:
        page.goto("/lost-id/")
        page.get_by_label("登録メールアドレス").fill("nobody@nowhere.example")
        page.locator("main form button").click()

    def code(page: Page) -> None:
        pages.give_password(page, portal, "umineko_member")
        expect(page.get_by_label("認証コード")).to_be_visible()

    def wrong_code(page: Page) -> None:
        page.get_by_label("認証コード").fill("x")
        page.get_by_role("button", name="認証してログインする").click()
        expect(page.get_by_role("alert")).to_be_visible()

    def mail(page: Page) -> None:
        page.goto("/demo/mail/")
        page.locator("tbody a").first.click()
        expect(page.locator(".mail-text")).to_be_visible()

    assert _faults(page, *GUESTS, wrong, asked, code, wrong_code, mail) == []


def test_lists_and_pages_of_a_customer(open_page: OpenPage) -> None:
    page = _reading(open_page, "umineko_owner")

    def menus(page: Page) -> None:
        page.set_viewport_size({"width": 375, "height": 800})
        page.goto("/")
        page.locator("nav.side > details > summary").click()
        page.locator("details.drop > summary").click()

    assert _faults(page, *CUSTOMERS, menus) == []


def test_an_order_in_each_of_its_states(portal: Portal, open_page: OpenPage) -> None:
    page = _reading(open_page, "umineko_owner")
    orders = portal.stack.sql("""
        SELECT DISTINCT ON (o.state) o.uuid, o.state FROM orders_order o
        JOIN accounts_user u USING (customer_id)
        WHERE u.selfcare_id = 'umineko_owner' AND o.state NOT IN ('draft', 'expired')
        ORDER BY o.state, o.procedure DESC, o.id
    """)
    seen = {"acknowledged", "cancelled", "completed", "failed", "in_progress", "pending", "rejected"}
    assert seen <= {state for _uuid, state in orders}
    cancel = next(f"/orders/{uuid}/cancel/" for uuid, state in orders if state == "pending")
    assert _faults(page, *(f"/orders/{uuid}/" for uuid, _state in orders), cancel) == []


def test_the_wizard_from_input_to_result(portal: Portal, open_page: OpenPage) -> None:
    page = _reading(open_page, "minato_owner")

    def send(count: str) -> Callable[[Page], None]:
        def step(page: Page) -> None:
            page.goto("/numbering/add/")
            page.get_by_label("追加番号数").fill(count)
            page.get_by_role("button", name="送信して確認へ進む").click()

        return step

    def do(page: Page) -> None:
        page.get_by_role("button", name="この内容で実行する").click()
        expect(page.locator("#issued")).to_be_visible()

    def again(page: Page) -> None:
        send("2")(page)
        expect(page.get_by_role("button", name="この内容で実行する")).to_be_visible()

    def expired(page: Page) -> None:
        send("3")(page)
        draft = re.search("[0-9a-f-]{36}", page.url)
        assert draft
        portal.stack.sql("UPDATE orders_order SET expires_at = created_at WHERE uuid = %s", draft[0])
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text("有効期限")

    line = portal.line("umineko_owner")
    steps = (
        send("99"),
        send("2"),
        do,
        again,
        expired,
        "/lines/",
        "/lines/plan/file/",
        "/numbering/",
    )  # 403 and a full list
    assert _faults(page, *steps) == []
    company = _reading(open_page, "umineko_owner")
    assert _faults(company, *(f"/lines/{line}/{part}" for part in ("", "suspend/", "resume/"))) == []


def test_the_operators_pages(portal: Portal, open_page: OpenPage) -> None:
    page = _reading(open_page, "op_admin")
    order, number = (
        portal.stack.value(f"SELECT max(id) FROM {table}") for table in ("orders_order", "numbering_number")
    )
    user = portal.stack.value("SELECT id FROM accounts_user WHERE selfcare_id = 'umineko_member'")
    rows = (
        f"/admin/orders/order/{order}/change/",
        f"/admin/numbering/number/{number}/change/",
        f"/admin/accounts/user/{user}/do/lock/",
    )

    def preview(page: Page) -> None:
        page.goto("/admin/numbering/number/import/")
        page.locator("textarea[name=lines]").fill("05000097000-05000097030\nabc")
        page.locator(".submit-row input").click()
        expect(page.locator(".staff-table").first).to_be_visible()

    assert _faults(page, *OPERATORS, *rows, preview) == []


def test_english_words_fit_as_well(portal: Portal, open_page: OpenPage) -> None:
    page = open_page("umineko_owner")
    page.context.add_cookies([{"name": "selfcare_language", "value": "en", "url": portal.url}])
    found = []
    for path in (
        "/",
        "/numbering/add/",
        "/numbering/sip-password/",
        "/lines/?status=terminated",
        "/orders/?state=open",
        "/account/password/",
    ):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        found += [f"{path}: {text}" for text in axe.overflow(page)]
    assert found == []
