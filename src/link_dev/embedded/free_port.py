"""Finds an unused port for a server that is about to start, and keeps it from everybody else."""

import os
import secrets
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_HOST: Final = "127.0.0.1"
# Below the ports that Linux gives to outgoing connections (32768 and up): such a connection, opened
# between the check and the server's start, would take the port away.
_FIRST, _COUNT = 11_000, 21_000  # above 10080, a port that browsers block
_KEPT: deque[int] = deque()  # file descriptors, which the end of the process closes
# More than anybody asks for before the first of them is in use.
_MOST_KEPT: Final = 64


def free_port() -> int:
    """Return a port of loopback (11000-31999) that nobody has, and that none of us is given again.

    The port stays bound here for a while, so the server may start seconds later: whoever binds
    with `SO_REUSEADDR`, as servers do, can listen on it; who looks for a free one passes it over.
    """
    while True:
        port = _FIRST + secrets.randbelow(_COUNT)
        kept = socket.socket()
        try:
            kept.bind((_HOST, port))
        except OSError:
            kept.close()
            continue
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # from now on: not for the look
        _KEPT.append(kept.detach())
        if len(_KEPT) > _MOST_KEPT:
            os.close(_KEPT.popleft())
        return port


@contextmanager
def held(port: int) -> Iterator[None]:
    """Let nobody else take a port of loopback; who calls it is refused, since nothing listens."""
    with socket.socket() as holding:
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections may linger
        holding.bind((_HOST, port))
        yield
