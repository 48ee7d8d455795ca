"""A bounded load on one loopback address: `python -m tests.bench.load HOST PORT PATH COOKIE CONNECTIONS SECONDS`.

A process of its own with raw sockets, so that the client takes little of what it measures. Prints requests per second
and the 99th percentile in milliseconds.
"""

import socket
import sys
import threading
import time


def _client(address: tuple[str, int], request: bytes, until: float, took: list[float]) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        reader = connection.makefile("rb")
        while time.monotonic() < until:
            began = time.monotonic()
            connection.sendall(request)
            status = reader.readline()
            if b" 200 " not in status:
                raise SystemExit(f"unexpected answer: {status!r}")
            length = 0
            while (line := reader.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            reader.read(length)
            took.append(time.monotonic() - began)


def main() -> None:
    host, port, path, cookie, connections, seconds = sys.argv[1:]
    if not host.startswith("127."):
        raise SystemExit("loopback only")
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    until = time.monotonic() + float(seconds)
    took: list[float] = []
    threads = [
        threading.Thread(target=_client, args=((host, int(port)), request, until, took), daemon=True)
        for _ in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(float(seconds) + 15)
    if not took:
        raise SystemExit("no answer at all")
    took.sort()
    print(len(took) / float(seconds), took[int(len(took) * 0.99)] * 1000)


if __name__ == "__main__":
    main()
