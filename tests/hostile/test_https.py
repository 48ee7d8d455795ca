"""The portal as deployed, behind a proxy that speaks https: cookies, redirects, and what the server tells of itself."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.faults import client
from tests.harness import Stack, running
from tests.hostile import pages
from tests.people import PASSWORD

pytestmark = pytest.mark.serial

HOST = "portal.example"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """No demo, the public address in https, one proxy in front."""
    public: dict[str, Any] = {"SELFCARE_BASE_URL": f"https://{HOST}", "SELFCARE_HOSTS": HOST, "SELFCARE_PROXIES": "1"}
    with running(demo=False, **public) as stack:
        stack.start("web", "login-worker", ready=False)
        stack.wait(lambda: "ready." in stack.log("login-worker") and _alive(stack), seconds=40)
        yield stack


_USER = """
from tests import builders, people
print(people.person("portal_owner", customer=builders.contract(mail="owner@customer.example").customer).selfcare_id)
"""


@pytest.fixture(scope="module")
def selfcare_id(stack: Stack) -> str:
    return stack.manage("shell", "--no-imports", "-c", _USER).stdout.split()[-1]


def _alive(stack: Stack) -> bool:
    try:
        return httpx.get(f"{_address(stack)}/healthz", headers={"Host": HOST}).status_code == 200
    except httpx.HTTPError:
        return False


def _address(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.env['PORT']}"


class Proxy:
    """A browser and the proxy before the portal: httpx by itself would not send https cookies over http."""

    def __init__(self, stack: Stack) -> None:
        self.http = httpx.Client(base_url=_address(stack))
        self.cookies: dict[str, str] = {}
        #: Every cookie as it was set, by name.
        self.set: dict[str, Any] = {}

    def ask(self, method: str, path: str, data: dict[str, str] | None = None, scheme: str = "https") -> httpx.Response:
        headers = {"Host": HOST, "X-Forwarded-Proto": scheme, "X-Forwarded-For": "203.0.113.7"}
        headers |= {"Referer": f"https://{HOST}{path}", "Origin": f"https://{HOST}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.http.request(method, path, data=data, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.set[name] = morsel
                self.cookies[name] = morsel.value
        return answer

    def send(self, path: str, **data: str) -> httpx.Response:
        return self.ask("POST", path, {**client.hidden(self.ask("GET", path).text), **data})


def log_in(stack: Stack, proxy: Proxy, selfcare_id: str) -> httpx.Response:
    before = len(client.codes(stack))
    assert proxy.send("/login/", selfcare_id=selfcare_id, password=PASSWORD).status_code == 302
    stack.wait(lambda: len(client.codes(stack)) > before, seconds=20)
    return proxy.send("/login/code/", code=client.codes(stack)[-1])


def test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts(stack, selfcare_id):
    proxy = Proxy(stack)
    assert log_in(stack, proxy, selfcare_id).headers["location"] == "/"
    assert proxy.ask("GET", "/").status_code == 200
    proxy.send("/", language="en")
    proxy.ask("POST", "/i18n/language/", {**client.hidden(proxy.ask("GET", "/").text), "language": "en"})
    assert {"__Host-selfcare", "__Host-csrf", "__Host-selfcare_browser"} <= set(proxy.set)
    for name, cookie in proxy.set.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] in {"Lax", "Strict"}, name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name
        assert name.startswith("__Host-") or name == "selfcare_language", name


def test_the_way_out_takes_the_cookie_back(stack, selfcare_id):
    proxy = Proxy(stack)
    log_in(stack, proxy, selfcare_id)
    form = client.hidden(proxy.ask("GET", "/").text) or {"csrfmiddlewaretoken": proxy.cookies["__Host-csrf"]}
    session = proxy.cookies["__Host-selfcare"]
    answer = proxy.ask("POST", "/logout/", form)
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert proxy.set["__Host-selfcare"]["max-age"] == "0"
    proxy.cookies["__Host-selfcare"] = session
    assert proxy.ask("GET", "/").status_code == 302, "the session is over, whoever still has its cookie"


def test_http_is_sent_to_https_and_https_is_remembered(stack):
    proxy = Proxy(stack)
    answer = proxy.ask("GET", "/login/?next=/orders/", scheme="http")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/login/?next=/orders/")
    assert "set-cookie" not in answer.headers
    kept = proxy.ask("GET", "/login/").headers["strict-transport-security"]
    assert int(re.findall(r"max-age=(\d+)", kept)[0]) >= 31_536_000
    assert "includeSubDomains" in kept
    for probe in ("/healthz", "/readyz"):
        assert proxy.ask("GET", probe, scheme="http").status_code == 200, "probes have no https"


def test_a_foreign_host_or_origin_is_refused(stack):
    for host in ("evil.example", f"{HOST}.evil.example", "127.0.0.1"):
        answer = httpx.get(f"{_address(stack)}/login/", headers={"Host": host, "X-Forwarded-Proto": "https"})
        assert answer.status_code == 400, host
        assert host not in answer.text
    proxy = Proxy(stack)
    form = client.hidden(proxy.ask("GET", "/login/").text)
    cookies = "; ".join(f"{name}={value}" for name, value in proxy.cookies.items())
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookies, "Origin": "https://evil.example"}
    data = {**form, "selfcare_id": "somebody", "password": "something"}
    assert httpx.post(f"{_address(stack)}/login/", headers=headers, data=data).status_code == 403


@pytest.mark.parametrize("path", ["/login/", "/nothing/", "/static/nothing.css", "/static/", "/metrics", "/healthz"])
def test_no_version_is_told(stack, path):
    answer = Proxy(stack).ask("GET", path)
    told = " ".join(f"{name}: {value}" for name, value in answer.headers.items()) + answer.text
    assert not re.search(r"django|python|postgres|whitenoise|[a-z]/\d+\.\d+", told, re.IGNORECASE), told[:600]
    assert not re.search(r"\d", answer.headers.get("server", ""))
    assert "Index of" not in answer.text


def test_static_files_have_the_headers_of_pages(stack):
    page = Proxy(stack).ask("GET", "/login/").text
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(files) >= 2
    for path in files:
        answer = Proxy(stack).ask("GET", path)
        assert answer.status_code == 200
        assert list(pages.faults_of_headers(answer.headers, kept_nowhere=False)) == []
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "DEBUG", "CONNECT", "PUT", "OPTIONS"])
def test_trace_and_its_relatives_are_off(stack, method):
    answer = httpx.request(
        method, f"{_address(stack)}/login/", headers={"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": "a=secret"}
    )
    assert answer.status_code in {400, 405}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config", "/.env", "/static/../selfcare/settings.py", "/static/%2e%2e/manage.py",
        "/static/..%2f..%2fmanage.py", "/static//etc/passwd", "/static/%00", "/demo/mail/", "/demo/mail/..%2f..%2fx/",
        "/%2e%2e/%2e%2e/etc/passwd", "//evil.example/", "/login/..;/admin/", "/media/", "/var/", "/__debug__/",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_portal(stack, path):
    answer = Proxy(stack).ask("GET", path)
    assert answer.status_code in {301, 302, 400, 404}
    assert not answer.headers.get("location", "/").startswith(("//", "http"))
    for inside in ("root:", "SECRET_KEY", "[core]", "DJANGO_SETTINGS_MODULE"):
        assert inside not in answer.text
