"""A telephone, as far as registering goes: REGISTER with digest MD5 and qop=auth, by UDP or TCP.

    with Telephone(number, realm, password, registrar.address) as telephone:
        assert telephone.register() == 200          # challenge and answer: the last status
        telephone.register(expires=0)               # and gone
        telephone.request(authorization=telephone.answer())   # one message, as the test wants it

`Telephone(..., transport="tcp", source="127.0.0.3")` registers from another address of this machine. `registers(...)`
is one telephone's one attempt.
"""

import hashlib
import re
import secrets
import socket
import time
from dataclasses import dataclass

Address = tuple[str, int]


@dataclass(frozen=True)
class Reply:
    status: int
    reason: str
    headers: dict[str, str]

    @classmethod
    def read(cls, message: str) -> "Reply":
        first, *rest = message.partition("\r\n\r\n")[0].split("\r\n")
        _, status, reason = first.split(" ", 2)
        headers = dict(line.split(":", 1) for line in rest)
        return cls(int(status), reason, {name.lower(): value.strip() for name, value in headers.items()})


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Telephone:
    """One socket, one Call-ID. `user` and `realm` make the account; `digest_user` is the name in the digest."""

    def __init__(
        self,
        user: str,
        realm: str,
        password: str,
        server: Address,
        *,
        transport: str = "udp",
        source: str = "127.0.0.1",
        digest_user: str = "",
        account: str = "",
        agent: str = "telephone",
        timeout: float = 3.0,
    ) -> None:
        self.user, self.realm, self.password = user, realm, password
        self.account, self.digest_user = account or f"{user}@{realm}", digest_user or user
        self.transport, self.agent = transport, agent
        self.challenge: dict[str, str] = {}
        self.call_id, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self._sequence = self._count = 0
        self._sock = socket.socket(type=socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self._sock.settimeout(timeout)
        self._sock.bind((source, 0))
        self._sock.connect(server)
        self.address: Address = self._sock.getsockname()
        self.contact = f"sip:{user}@{source}:{self.address[1]};transport={transport}"

    def __enter__(self) -> "Telephone":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._sock.close()

    def register(self, *, expires: int = 120) -> int:
        """Ask, answer the challenge (twice, when the first one is stale), return the last status."""
        return self.last(expires=expires).status

    def last(self, *, expires: int = 120) -> Reply:
        reply = self.request(expires=expires)
        for _ in range(2):
            if reply.status != 401:
                break
            reply = self.request(authorization=self.answer(), expires=expires)
        return reply

    def request(self, *, authorization: str = "", expires: int = 120, method: str = "REGISTER") -> Reply:
        """One message and its final reply; a challenge in it is kept for `answer`."""
        self._sequence += 1
        host, port = self.address
        lines = [
            f"{method} sip:{self.realm} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {host}:{port};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards: 70",
            f"From: <sip:{self.user}@{self.realm}>;tag={self._tag}",
            f"To: <sip:{self.account}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self._sequence} {method}",
            f"Contact: <{self.contact}>",
            f"Expires: {expires}",
            f"User-Agent: {self.agent}",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        self._sock.sendall("\r\n".join([*lines, "", ""]).encode())
        while True:
            reply = Reply.read(self._receive())
            if reply.status >= 200 and reply.headers["cseq"].split()[0] == str(self._sequence):
                break
        if challenge := reply.headers.get("www-authenticate"):
            self.challenge = {
                name.lower(): quoted or plain
                for name, quoted, plain in re.findall(r'(\w[\w-]*)=(?:"([^"]*)"|([^,\s]+))', challenge)
            }
            self._count = 0
        return reply

    def answer(self, *, ha1: str = "", method: str = "REGISTER") -> str:
        """The Authorization header for the last challenge; `ha1` in place of the password's own."""
        self._count += 1
        realm, nonce = self.challenge["realm"], self.challenge["nonce"]
        uri, count, own = f"sip:{self.realm}", f"{self._count:08x}", secrets.token_hex(8)
        ha1 = ha1 or _md5(f"{self.digest_user}:{realm}:{self.password}")
        response = _md5(f"{ha1}:{nonce}:{count}:{own}:auth:" + _md5(f"{method}:{uri}"))
        return (
            f'Digest username="{self.digest_user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc={count}, cnonce="{own}"'
        )

    def _receive(self) -> str:
        if self.transport == "udp":
            return self._sock.recv(65_535).decode()
        received = b""
        while b"\r\n\r\n" not in received:
            part = self._sock.recv(65_535)
            if not part:
                raise ConnectionError("the registrar closed the connection")
            received += part
        return received.decode()


def registers(user: str, realm: str, password: str, server: Address, **options: object) -> int:
    """One attempt of one telephone: its last status."""
    with Telephone(user, realm, password, server, **options) as telephone:  # type: ignore[arg-type]
        return telephone.register()


def seconds_to_register(telephone: Telephone) -> float:
    """A registration with both its round trips; fails unless it succeeds."""
    started = time.perf_counter()
    assert telephone.register() == 200
    return time.perf_counter() - started
