"""Finds an unused port for a server that is about to start."""

import secrets
import socket
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
