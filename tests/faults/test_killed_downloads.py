"""The web server is killed while it sends a statement for the first time: nothing half is left, or taken for whole."""

import http.client
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from selfcare.runtime import environ
from tests.bench import statements
from tests.harness import Stack, running
from tests.scale import scaled

pytestmark = [pytest.mark.faults, pytest.mark.serial, pytest.mark.timeout(600)]
ROWS = scaled(200_000, 1_000_000)
ROUNDS = scaled(2, 5)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(SELFCARE_WEB_WORKERS="1") as made:
        statements.plant(made, ROWS)
        yield made


def begun(stack: Stack, query: str) -> http.client.HTTPResponse:
    address = urlsplit(stack.web_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    path = f"/billing/files/{statements.NAME}?{query}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {statements.TOKEN}"})
    answer = connection.getresponse()
    assert answer.status == 200
    return answer


def stored(stack: Stack) -> list[Path]:
    return [path for path in (stack.var / "statements").rglob("*") if path.is_file()]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_a_killed_server_leaves_nothing_half(stack, encoding):
    for n in range(ROUNDS):
        stack.start("web")
        answer = begun(stack, f"encoding={encoding}")
        got = answer.read(100_000 * (n + 1))
        stack.kill("web", signal.SIGKILL)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            while piece := answer.read(1 << 20):
                got += piece
        assert stack.value("SELECT count(*) FROM billing_statementfile WHERE encoding = %s", encoding) == 0
        assert [path for path in stored(stack) if path.stat().st_size == 0] == []
    stack.start("web")
    whole = begun(stack, f"encoding={encoding}").read()
    assert whole.count(b"\r\n") == ROWS + 1
    assert whole.startswith(got[: len(whole)])
    stack.wait(lambda: stack.value("SELECT count(*) FROM billing_statementfile WHERE encoding = %s", encoding) == 1)
    again = begun(stack, f"encoding={encoding}")
    assert int(again.headers["Content-Length"]) == len(whole)
    assert again.read() == whole
    stack.kill("web")


def test_an_answer_that_cannot_be_completed_ends_the_process():
    """The web server would end it as if it were whole; a broken connection is seen by every client."""
    code = """
        import sys
        from billing.statements.serving import _never_half
        def broken():
            yield b"first"
            if sys.argv[1] == "broken":
                raise OSError("no space left")
        print(b"".join(_never_half(broken())))
    """

    def run(how: str) -> subprocess.CompletedProcess[bytes]:
        setup = "import django; django.setup()\n"
        return subprocess.run(
            [sys.executable, "-c", setup + textwrap.dedent(code), how], cwd=environ.ROOT, capture_output=True
        )

    assert run("broken").returncode == -signal.SIGKILL
    assert run("whole").stdout == b"b'first'\n"
