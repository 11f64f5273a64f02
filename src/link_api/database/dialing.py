"""The event loop as PostgreSQL's driver is given it, to reach any address of a server's name."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from link_kernel.sockets import open_socket


class DialingLoop:
    """The running event loop, whose connections go to the first address of a name that answers.

    The driver resolves names by its loop alone, which tries one address after the other without a
    bound for each.
    """

    def __init__(self, *, within_s: float) -> None:
        """Take the seconds in which a connection must be open."""
        self._loop = asyncio.get_running_loop()
        self._within_s = within_s

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the loop has
        """Return what the loop has."""
        return getattr(self._loop, name)

    async def create_connection(
        self,
        factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        ssl: ssl.SSLContext | None = None,
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Open a connection as the loop does; a certificate is checked for the name."""
        opened = await open_socket(host, port, within_s=self._within_s)
        return await self._loop.create_connection(
            factory, sock=opened, ssl=ssl, server_hostname=host if ssl else None
        )
