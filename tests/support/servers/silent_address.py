"""A name with two addresses, the first of which is silent, as that of a machine that is gone."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import pytest

from link_dev.embedded.server import HOST

NAME: Final = "two.test"
_SILENT: Final = "127.0.0.9"
_FULL_QUEUE: Final = 3  # of a listener with no backlog: the kernel has taken one by then, or two


@contextmanager
def half_silent_name(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have `NAME` lead to an address that answers no connection, and then to this machine's.

    Only the answer of DNS is invented. Nobody accepts at the first address, whose queue is full.
    """
    loop = asyncio.get_running_loop()
    ask_system = loop.getaddrinfo

    async def ask(host: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # the loop's own
        if host != NAME:
            return await ask_system(host, *arguments, **named)
        return [*await ask_system(_SILENT, port, **named), *await ask_system(HOST, port, **named)]

    with ExitStack() as opened, monkeypatch.context() as patched:
        listener = opened.enter_context(socket.create_server((_SILENT, port), backlog=0))
        for _ in range(_FULL_QUEUE):
            caller = opened.enter_context(socket.socket())
            caller.settimeout(0)
            caller.connect_ex(listener.getsockname())
        patched.setattr(loop, "getaddrinfo", ask)
        yield
