"""Finds an unused port for a server that is about to start, and keeps one while it restarts."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_HOST: Final = "127.0.0.1"
# Below the ports that Linux gives to outgoing connections (32768 and up): such a connection, opened
# between the check and the server's start, would take the port away.
_FIRST, _COUNT = 11_000, 21_000  # above 10080, a port that browsers block


def free_port() -> int:
    """Return a port of loopback (11000-31999) that was free a moment ago."""
    while True:
        port = _FIRST + secrets.randbelow(_COUNT)
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
        return port


@contextmanager
def held(port: int) -> Iterator[None]:
    """Let nobody else take a port of loopback; who calls it is refused, since nothing listens."""
    with socket.socket() as holding:
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections may linger
        holding.bind((_HOST, port))
        yield
