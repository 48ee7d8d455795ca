"""The portal's questions to a real registrar: by UDP, past late answers, and for a page full of numbers."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from numbering.registrar import kamailio as client
from numbering.registrar.kamailio import Kamailio
from numbering.registrar.port import Account, RegistrarUnavailable, Withdrawn
from tests.harness import kamailio
from tests.harness.ports import free_sip_port
from tests.harness.sip import Telephone, registers
from tests.real.conftest import PASSWORD, REALM

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


@pytest.fixture
def by_udp(number) -> Iterator[kamailio.RegistrarUnderTest]:
    url = f"kamailio+udp://127.0.0.1:{free_sip_port()}"
    with kamailio.running(database=connection.settings_dict["NAME"], rpc=url) as one:
        yield one


@contextmanager
def _late(server: str) -> Iterator[str]:
    """A way to the registrar on which every answer comes twice: again just before the next question's own."""
    host, port = server.removeprefix("kamailio+udp://").split(":")
    with socket.socket(type=socket.SOCK_DGRAM) as front, socket.socket(type=socket.SOCK_DGRAM) as back:
        front.bind(("127.0.0.1", 0))
        back.connect((host, int(port)))
        back.settimeout(5)

        def relay() -> None:
            late = json.dumps({"jsonrpc": "2.0", "result": {"Contacts": []}, "id": 0}).encode()
            while True:
                question, asker = front.recvfrom(65_536)
                if question == b"end":
                    return
                back.send(question)
                answer = back.recv(65_536)
                front.sendto(late, asker)
                front.sendto(answer, asker)
                late = answer

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        try:
            yield f"kamailio+udp://127.0.0.1:{front.getsockname()[1]}"
        finally:
            with socket.socket(type=socket.SOCK_DGRAM) as ending:
                ending.sendto(b"end", front.getsockname())
            thread.join(5)


def test_by_udp_and_past_late_answers(by_udp, number):
    account = Account(number, REALM)
    with Telephone(number, REALM, PASSWORD, by_udp.address) as telephone, _late(by_udp.url) as url:
        assert telephone.register() == 200
        for way in (by_udp.client, Kamailio(url)):
            (seen,) = way.registrations(account)
            assert seen.contact == telephone.contact
        assert seen.credential is not None
        other = Withdrawn(account, 10**12)
        assert Kamailio(url).drop([other]) == 0
        assert Kamailio(url).drop([Withdrawn(account, seen.credential)]) == 1
        # Negative control: what comes first on that way is another question's answer.
        with Kamailio(url)._channel(2) as channel:
            message = {"jsonrpc": "2.0", "method": "core.uptime", "id": 7}
            channel.sock.send(json.dumps(message).encode())
            assert client._read(channel.sock.recv(65_536))["id"] != 7


@pytest.mark.timing
@pytest.mark.serial
def test_a_page_full_of_numbers_is_answered_in_time(registrar, number):
    accounts = [Account(f"{int(number) + n:011}", REALM) for n in range(50)]
    assert registers(number, REALM, PASSWORD, registrar.address) == 200
    times = []
    for _ in range(20):
        started = time.perf_counter()
        found = registrar.client.registrations_of(accounts, within=0.3)
        times.append(time.perf_counter() - started)
        assert [len(one) for one in found.values() if one is not None] == [1] + [0] * 49
    print(f"50 numbers: median {sorted(times)[10] * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms")
    registrar.freeze()
    try:
        started = time.perf_counter()
        late = registrar.client.registrations_of(accounts, within=0.3)
        assert time.perf_counter() - started < 0.5
        assert list(late) == accounts
        assert set(late.values()) == {None}
        for ask in (lambda: registrar.client.ping(within=0.2), lambda: registrar.client.registrations(accounts[0])):
            started = time.perf_counter()
            with pytest.raises(RegistrarUnavailable):
                ask()
            assert time.perf_counter() - started < 2.5
    finally:
        registrar.thaw()


def test_a_registrar_that_is_not_there_is_said_to_be_unavailable(tmp_path):
    for url in (f"kamailio+unix://{tmp_path}/none", f"kamailio+udp://127.0.0.1:{free_sip_port()}"):
        with pytest.raises(RegistrarUnavailable):
            Kamailio(url).ping(within=0.5)
    for wrong in ("", "http://x", "kamailio+unix:none", "kamailio+udp://x"):
        with pytest.raises(ValueError, match="kamailio"):
            Kamailio(wrong)
