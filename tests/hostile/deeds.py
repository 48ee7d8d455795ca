"""A day at the portal, on real processes: every secret that comes up is kept, to be looked for afterwards."""

import base64
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from tests.e2e.portal import Portal
from tests.faults import client
from tests.harness import Stack
from tests.hostile import sip_deeds
from tests.hostile.leaks import Secret

OFFICE, COMPANY, OPERATOR = "minato_owner", "umineko_owner", "op_admin"
_LINK = re.compile(r"/reset/([\w-]{20,})/")
_SHOWN = re.compile(r'<span class="(?:secret|staff-once)">([^<]+)</span>')
#: Prints what the letters hold; the only way to a password that nobody has been shown.
_LETTERS = """
import json
from selfcare import vault
from selfcare.work.models import Letter
print(json.dumps([vault.open_sealed(bytes(row.sealed), context=f"work.letter:sealed:{row.pk}")
                  for row in Letter.objects.exclude(sealed=None)]))
"""


@dataclass
class Day:
    portal: Portal
    secrets: list[Secret] = field(default_factory=list)
    #: What stands in one mail each, and only there.
    mailed: list[Secret] = field(default_factory=list)
    #: What telephones are let in by: in the rows of credentials, and nowhere else.
    digests: list[Secret] = field(default_factory=list)

    @property
    def stack(self) -> Stack:
        return self.portal.stack

    def keep(self, name: str, value: str, **options: bool) -> str:
        self.secrets.append(Secret(name, value, **options))
        return value

    def live(self) -> None:
        self.own_secrets()
        office = self.log_in(OFFICE)
        sip_deeds.live(self, office, self.add_numbers(office))
        self.change_password(office, OFFICE)
        self.forget_password(COMPANY)
        company = self.log_in(COMPANY)
        self.suspend(company)
        self.operate()
        self.read_letters()
        office.send(office.get("/account/sessions/"), "/logout/")

    def own_secrets(self) -> None:
        env = self.portal.stack.env
        for name in ("SELFCARE_SECRET_KEY", "CARRIER_SECRET", "METRICS_TOKEN"):
            self.keep(name, env[name])
        vault_key = self.keep("SELFCARE_VAULT_KEYS", env["SELFCARE_VAULT_KEYS"].partition(":")[2])
        self.keep("the vault's key in hex", base64.b64decode(vault_key).hex())

    def browser(self) -> client.Browser:
        return client.Browser(self.portal.url)

    def log_in(self, login: str) -> client.Browser:
        """With the mistakes that people make: a wrong password, and the password in the wrong field."""
        browser = self.browser()
        mistyped = self.keep("a password typed into the field of the ID", f"typed_{secrets.token_hex(10)}")
        browser.send(browser.get("/login/"), selfcare_id=mistyped, password="x")
        wrong = self.keep("a wrong password", secrets.token_urlsafe(12))
        browser.send(browser.get("/login/"), selfcare_id=login, password=wrong)
        password = self.keep(f"the password of {login}", self.portal.password(login))
        before = self.portal.mails()
        browser.send(browser.get("/login/"), selfcare_id=login, password=password)
        self.cookies(browser, "half session")
        code = self.keep(f"a code of {login}", self.portal.code(before, login))
        self.mailed.append(self.secrets[-1])
        page = browser.send(browser.get("/login/code/"), code=code)
        assert page.url.path == "/", page.url
        self.cookies(browser, f"session of {login}")
        return browser

    def cookies(self, browser: client.Browser, whose: str) -> None:
        for cookie in browser.http.cookies.jar:
            if cookie.value and cookie.name != "selfcare_language":
                self.keep(f"cookie {cookie.name}, {whose}", cookie.value)

    def add_numbers(self, browser: client.Browser) -> str:
        """The done page shows each number's two passwords; the file holds the same. Returns the order."""
        uuid = browser.order("/numbering/add/", count="3")
        page = browser.get(f"/orders/{uuid}/")
        shown = [unescape(value) for value in _SHOWN.findall(page.text)]
        assert len(shown) == 6
        file = browser.get(f"/numbering/issued/{uuid}.csv")
        assert all(password in file.text for password in shown)
        for number, password in enumerate(shown):
            self.keep(f"password {number} of the numbers", password)
        return uuid

    def change_password(self, browser: client.Browser, login: str) -> None:
        new = self.keep(f"the changed password of {login}", f"changed {secrets.token_hex(8)}")
        old = self.portal.password(login)
        fields = {"current_password": old, "new_password": new, "new_password_confirm": new}
        page = browser.send(browser.get("/account/password/"), **fields)
        assert page.url.path == "/", page.url
        self.portal.changed_passwords[login] = new
        self.cookies(browser, f"session of {login} after the change")

    def forget_password(self, login: str) -> None:
        """The link's mail fails at first, so that its errors are in the logs too."""
        browser, before = self.browser(), self.portal.mails()
        address = self.portal.code_address(login)
        with self.no_mail():
            browser.send(browser.get("/forgotten/"), selfcare_id=login, email=address)
            failed = "SELECT count(*) FROM work_mail WHERE template = 'password_reset' AND trouble <> ''"
            self.portal.stack.wait(lambda: self.portal.stack.value(failed))
        token = self.portal.new_mail(before, address, _LINK.pattern)[1]
        self.keep("the link", token, found_by_digest=True)
        self.mailed.append(self.secrets[-1])
        new = self.keep(f"the new password of {login}", f"forgotten {secrets.token_hex(8)}")
        page = browser.send(browser.get(f"/reset/{token}/"), new_password=new, new_password_confirm=new)
        assert page.url.path == "/login/", page.text
        self.portal.changed_passwords[login] = new

    @contextmanager
    def no_mail(self) -> Iterator[None]:
        """Mails cannot be put where they belong."""
        folder = self.portal.stack.var / "mail"
        away = folder.rename(folder.with_name("mail.away"))
        folder.touch()
        try:
            yield
        finally:
            folder.unlink()
            away.rename(folder)

    def suspend(self, browser: client.Browser) -> None:
        line = self.portal.line(COMPANY)
        uuid = browser.order(f"/lines/{line}/suspend/")
        state = "SELECT state FROM orders_order WHERE uuid = %s"
        self.portal.stack.wait(lambda: self.portal.stack.value(state, uuid) == "completed", seconds=60)

    def operate(self) -> None:
        """In by authenticator; a new operator, a new user by letter, all letters printed."""
        browser, told = self.browser(), self.portal.operator(OPERATOR)
        password = self.keep("the operator's password", told["password"])
        key = self.keep("the operator's key", told["totp_secret"])
        token = self.keep("the operator's code", self.portal.totp(OPERATOR))
        page = browser.send(browser.get("/admin/login/"), username=OPERATOR, password=password, token=token)
        assert page.url.path == "/admin/", page.text
        self.cookies(browser, "session of the operator")
        self.keep("the operator's key in hex", base64.b32decode(key + "=" * (-len(key) % 8)).hex())
        fields = {"username": "op_new_one", "name": "新人", "email": "new@operator.example", "group": "support"}
        page = browser.send(browser.get("/admin/staff/operator/add/"), **fields)
        _login, one_time, secret = (unescape(value) for value in _SHOWN.findall(page.text))
        self.keep("the new operator's password", one_time)
        self.keep("the new operator's key", secret)
        contract = self.portal.stack.value("SELECT min(id) FROM accounts_contract WHERE state = 'active'")
        operation = f"/admin/accounts/contract/{contract}/do/user/"
        page = browser.send(browser.get(operation), selfcare_id="new_by_letter")
        assert "new_by_letter" in page.text
        ids = [str(row[0]) for row in self.portal.stack.sql("SELECT id FROM work_letter WHERE state <> 'sent'")]
        listed = browser.get("/admin/work/letter/")
        data: dict[str, Any] = {**client.hidden(listed.text), "action": "print_batch", "_selected_action": ids}
        printed = browser.http.post("/admin/work/letter/", data=data)
        assert printed.content.startswith(b"%PDF"), printed.text[:500]

    def read_letters(self) -> None:
        told = json.loads(self.portal.stack.manage("shell", "--no-imports", "-c", _LETTERS).stdout.splitlines()[-1])
        found = [value for text in told for value in _passwords(json.loads(text))]
        assert len(found) > 6
        for number, password in enumerate(found):
            self.keep(f"password {number} of the letters", password)


def _passwords(text: Any, name: str = "") -> list[str]:
    """Every value whose name says that it is a password."""
    if isinstance(text, dict):
        return [found for key, value in text.items() for found in _passwords(value, key)]
    if isinstance(text, list):
        return [found for value in text for found in _passwords(value, name)]
    return [text] if isinstance(text, str) and "password" in name else []
