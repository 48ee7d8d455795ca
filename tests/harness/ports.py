"""Ports for what a test starts."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Below the ports that outgoing connections get, one of which might take it before it is used."""
    while True:
        port = random.randrange(12_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def free_sip_port() -> int:
    """Free for UDP and TCP."""
    while True:
        port = free_port()
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
            return port
