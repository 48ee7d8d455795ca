"""A customer with very many calls in a portal of its own, and clients that download them at all speeds."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from selfcare.calendar import TOKYO
from selfcare.runtime import embedded_postgres
from tests.harness import Stack

MONTH, NAME = "2027-04-01", "P0001_CDR_202704.csv"
TOKEN = "sct_" + "t" * 43
_CUSTOMER = """
from tests import builders; from billing.services import tokens; from billing.models import DownloadToken
from datetime import timedelta; from selfcare import clock
customer = builders.customer(partner_id="P0001")
contract = builders.contract(customer=customer, functions=["billing.statements"])
user = builders.user(customer=customer, selfcare_id="bench_owner", role="owner")
now = clock.real_now()
DownloadToken.objects.create(customer=customer, name="bench", digest=tokens.digest("{token}"), ending="tttt",
    created_by=user, created_at=now, expires_at=now + timedelta(days=1))
"""
_CLOSED = """
from billing.models import ClosingRun; from selfcare import clock
ClosingRun.objects.create(kind="voice", month="{month}", cycle="", closed_at=clock.real_now())
"""
_CALLS = """
INSERT INTO billing_callrecord (billed_month, customer_id, contract_id, number, started_at, other_number, other_name,
    seconds, kind, direction, price, tax_class, tax_percent, file_id)
SELECT %s, c.customer_id, c.id, '070' || lpad((n / 1000)::text, 8, '0'),
    timestamptz '2027-03-01 00:00+09' + (n %% 1000) * interval '43 minutes 3 seconds', '03' || lpad(n::text, 8, '0'),
    CASE n %% 3 WHEN 0 THEN '携帯電話' WHEN 1 THEN '東京' ELSE '大阪〜神戸' END, n %% 600,
    CASE n %% 10 WHEN 0 THEN 'xi' WHEN 1 THEN 'sms' ELSE 'other' END, 'out', 20 * (n %% 600 / 30 + 1), 'standard', 10, 1
FROM accounts_contract AS c, generate_series(0, %s - 1) AS n
WHERE c.customer_id = (SELECT id FROM accounts_customer WHERE partner_id = 'P0001')
"""


def plant(stack: Stack, rows: int) -> None:
    stack.set_clock(datetime(2027, 5, 1, 9, tzinfo=TOKYO))
    stack.manage("shell", "-c", _CUSTOMER.format(token=TOKEN))
    stack.sql("SELECT billing_make_partition('calls', %s)", MONTH)
    stack.sql(_CALLS, MONTH, rows)
    stack.manage("shell", "-c", _CLOSED.format(month=MONTH))
    stack.sql("VACUUM ANALYZE billing_callrecord")


def forget(stack: Stack) -> None:
    """The next download is the first one again."""
    stack.sql("DELETE FROM billing_statementfile")


@dataclass
class Got:
    #: Seconds until the first byte of the body, and until the last.
    first: float
    took: float
    size: int
    length: str | None


def get(stack: Stack, query: str = "", path: str = f"/billing/files/{NAME}", into: Path | None = None) -> Got:
    address = urlsplit(stack.web_url)
    began = time.perf_counter()
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=300)
    connection.request("GET", f"{path}?{query}", headers={"Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    buffer = memoryview(bytearray(1 << 20))
    size, first = 0, 0.0
    with Path(into or os.devnull).open("wb") as file:
        while got := answer.readinto1(buffer) if hasattr(answer, "readinto1") else answer.readinto(buffer):
            first = first or time.perf_counter() - began
            size += got
            file.write(buffer[:got])
    took = time.perf_counter() - began
    connection.close()
    return Got(first, took, size, answer.headers["Content-Length"])


def psql_copy(stack: Stack, sql: str, into: Path) -> float:
    """Seconds that `psql \\copy` takes for the same rows, its start included."""
    began = time.perf_counter()
    psql = embedded_postgres.programs() / "psql"
    subprocess.run([psql, stack.owner_url, "-qXc", f"\\copy ({sql}) TO '{into}' CSV"], check=True)
    return time.perf_counter() - began


def same_rows(stack: Stack) -> str:
    """The query of the file itself, on one line, with its values in it."""
    code = """
import psycopg; from datetime import date; from django.db import connection
from billing.statements import kinds; from selfcare.accounts.models import Customer
query = kinds.get("cdr").rows(Customer.objects.get(partner_id="P0001").pk, date.fromisoformat("{month}"))
connection.ensure_connection()
sql = psycopg.ClientCursor(connection.connection).mogrify(query.sql, query.params)
print("SQL", sql.replace(chr(10), " "))
"""
    printed = stack.manage("shell", "-c", code.format(month=MONTH)).stdout
    return next(line.removeprefix("SQL ") for line in printed.splitlines() if line.startswith("SQL ")).strip()


def server(stack: Stack) -> list[psutil.Process]:
    """The processes of the web server that answer."""
    return psutil.Process(stack.pid("web")).children(recursive=True)


@contextmanager
def watched(stack: Stack) -> Iterator[dict[str, float]]:
    """The largest memory of any of its processes meanwhile, in MB above what it had before: `peak`."""
    before = {process.pid: process.memory_info().rss for process in server(stack)}
    for pid in before:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark begins anew
    found = {"peak": 0.0}
    yield found
    found["peak"] = max((_highest(pid) - rss) / 2**20 for pid, rss in before.items())


def _highest(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"{pid} has no high-water mark")


def slow_client(stack: Stack, query: str = "") -> socket.socket:
    """One that has asked and reads next to nothing; the kernel may keep little for it."""
    address = urlsplit(stack.web_url)
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect((address.hostname, address.port))
    one.sendall(
        f"GET /billing/files/{NAME}?{query} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
    )
    return one
