"""`*.localhost` is this machine (RFC 6761 section 6.3): browsers know, resolvers may not."""

import socket
from typing import Final

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

_LOOPBACK: Final = "127.0.0.1"


class LoopbackNames(ThreadedResolver):
    """The system's resolver, which is never asked for a name of this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises `OSError` where there is none."""
        if not f".{host.lower().rstrip('.')}".endswith(".localhost"):
            return await super().resolve(host, port, family)
        found = ResolveResult(
            hostname=host,
            host=_LOOPBACK,
            port=port,
            family=socket.AF_INET,
            proto=0,
            flags=socket.AI_NUMERICHOST,
        )
        return [found]
