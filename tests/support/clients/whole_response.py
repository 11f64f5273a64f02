"""A client response that is complete when the test gets it.

A response whose body is still on its way when its client closes, and which nobody reads, keeps its
connection: "Unclosed connection" is then reported at whichever test the garbage is collected in.
"""

from typing import Self

from aiohttp import ClientResponse
from aiohttp.connector import Connection


class WholeResponse(ClientResponse):
    """Reads its body before the request returns; `json` and `text` then read it from memory."""

    async def start(self, connection: Connection) -> Self:
        """Receive the headers, and the body as well."""
        await super().start(connection)
        await self.read()
        return self
