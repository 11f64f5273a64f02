"""A TCP proxy before Redis that can cut a connection instead of passing a reply on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial


class LossyProxy:
    """Stands before one server or several, and loses the next reply of any, or one in so many."""

    def __init__(self, *, lose_one_in: int = 0) -> None:
        """Lose nothing yet, unless each so many-th reply is to be lost."""
        self.lose_next = False
        self.lost = 0
        self._lose_one_in = lose_one_in
        self._replies = 0
        self._pipes: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def before(self, port: int) -> AsyncIterator[int]:
        """Listen before the server at a port, and yield the port to connect to instead."""
        server = await asyncio.start_server(partial(self._accept, port), "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*self._pipes)

    def _accept(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._pipes.add(asyncio.create_task(self._pipe(port, reader, writer)))

    async def _pipe(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        ways = {
            asyncio.create_task(self._copy(reader, up_writer, answers=False)),
            asyncio.create_task(self._copy(up_reader, writer, answers=True)),
        }
        _, still_open = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in still_open:
            way.cancel()
        await asyncio.gather(*still_open, return_exceptions=True)
        for end in (writer, up_writer):
            end.close()
            await end.wait_closed()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while chunk := await reader.read(65536):
            if answers and self._is_lost():
                self.lost += 1
                return
            writer.write(chunk)
            await writer.drain()

    def _is_lost(self) -> bool:
        self._replies += 1
        is_due = self._lose_one_in > 0 and self._replies % self._lose_one_in == 0
        self.lose_next, was_asked = False, self.lose_next
        return was_asked or is_due
