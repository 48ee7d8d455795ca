"""The client against answers that no well-behaved carrier gives, over real sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from lines.carriers import http
from lines.carriers.http import HttpCarrier
from lines.carriers.port import CarrierRefused, CarrierUnavailable
from tests.lines.carriers.parts import SECRET, request_for


@contextmanager
def peer(*parts: bytes, pause: float = 0) -> Iterator[str]:
    """A server that sends the same bytes to everyone, with a pause before each part. Gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    for part in parts:
                        time.sleep(pause)
                        connection.sendall(part)
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.close()


def answer(status: str, body: bytes = b"", *headers: bytes) -> bytes:
    head = [f"HTTP/1.1 {status}".encode(), f"Content-Length: {len(body)}".encode(), b"Connection: close", *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


OTHER_ORDER = b'{"id": "c", "externalId": "another", "state": "acknowledged"}'


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"",
        b"nonsense\r\n\r\n",
        answer("201 Created", b"not json"),
        answer("201 Created", b"[" * 100_000),
        answer("201 Created", b"{}"),
        answer("201 Created", OTHER_ORDER),
        answer("200 OK", b"x" * (http.LARGEST_ANSWER + 1)),
        answer("202 Accepted"),
        answer("302 Found", b"", b"Location: http://127.0.0.1:1/elsewhere"),
        answer("401 Unauthorized"),
        answer("403 Forbidden"),
        answer("404 Not Found"),
        answer("409 Conflict"),
        answer("429 Too Many Requests"),
        answer("500 Internal Server Error"),
    ],
)
def test_an_answer_that_is_no_answer_leaves_the_order_waiting(bytes_sent):
    with peer(bytes_sent) as url, pytest.raises(CarrierUnavailable):
        HttpCarrier(url, SECRET).request(request_for())


@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable Content"])
def test_a_refusal_carries_the_carriers_reason(status):
    body = '{"code": "1", "reason": "回線がありません"}'.encode()
    with peer(answer(status, body)) as url, pytest.raises(CarrierRefused) as refusal:
        HttpCarrier(url, SECRET).request(request_for())
    assert refusal.value.reason == "回線がありません"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"reason": 5}'])
def test_a_refusal_without_a_readable_reason_is_a_refusal(body):
    with peer(answer("400 Bad Request", body)) as url, pytest.raises(CarrierRefused) as refusal:
        HttpCarrier(url, SECRET).request(request_for())
    assert refusal.value.reason == ""


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("0", 0, 0),
        ("99999999999999", 3600, 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Fri, 31 Dec 2099 23:59:59 GMT", 3600, 3600),
    ],
)
def test_the_carrier_may_say_when_to_come_back(header, least, most):
    bytes_sent = answer("503 Service Unavailable", b"", f"Retry-After: {header}".encode())
    with peer(bytes_sent) as url, pytest.raises(CarrierUnavailable) as down:
        HttpCarrier(url, SECRET).request(request_for())
    assert down.value.retry_after is not None
    assert least <= down.value.retry_after.total_seconds() <= most


@pytest.mark.parametrize("header", ["soon", "-5", ""])
def test_an_unreadable_time_to_come_back_is_none(header):
    bytes_sent = answer("503 Service Unavailable", b"", f"Retry-After: {header}".encode())
    with peer(bytes_sent) as url, pytest.raises(CarrierUnavailable) as down:
        HttpCarrier(url, SECRET).request(request_for())
    assert down.value.retry_after is None


def test_nobody_there_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(CarrierUnavailable):
        HttpCarrier(f"http://127.0.0.1:{port}", SECRET).status("order-1")


def test_an_answer_in_drops_does_not_hold_a_worker_longer_than_its_limit():
    drops = [answer("200 OK", b" " * 300)[:-300], *[b" "] * 300]
    started = time.monotonic()
    with peer(*drops, pause=0.1) as url, pytest.raises(CarrierUnavailable, match="too long"):
        HttpCarrier(url, SECRET, answer_within=timedelta(seconds=0.5)).status("order-1")
    assert time.monotonic() - started < 15, "all of it takes 30 seconds"


def test_a_list_that_ignores_the_filter_does_not_answer_for_another_order():
    with peer(answer("200 OK", b"[" + OTHER_ORDER + b"]")) as url:
        assert HttpCarrier(url, SECRET).status("order-1") is None


@pytest.mark.parametrize(("url", "secret"), [("", SECRET), ("ftp://x", SECRET), ("carrier", SECRET), ("http://x", "")])
def test_a_wrong_configuration_is_refused_at_once(url, secret):
    with pytest.raises(ValueError, match="the carrier's"):
        HttpCarrier(url, secret)


def test_waiting_doubles_up_to_a_limit_and_half_of_it_is_chance():
    waits = [[http.backoff(attempt).total_seconds() for _ in range(200)] for attempt in (1, 2, 5, 50)]
    for times, whole in zip(waits, (2, 4, 32, 600), strict=True):
        assert whole / 2 <= min(times) <= max(times) <= whole
        assert max(times) - min(times) > whole / 5


def test_the_settings_carrier_is_made_once_per_process(settings):
    settings.CARRIER_URL, settings.CARRIER_SECRET = "http://127.0.0.1:1", SECRET
    first = http.connect()
    assert http.connect() is first
    settings.CARRIER_SECRET = "another"
    assert http.connect() is not first
