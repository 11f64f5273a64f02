"""A TCP proxy that can break its connections and refuse new ones until restored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial


@dataclass
class CutProxy:
    """Stands before one server or several; `target_port` is that of one, and may change."""

    target_port: int = 0
    is_cut: bool = False
    pipes: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen before the one server, and yield the URL to connect to."""
        async with self.before(0) as port:
            yield f"redis://127.0.0.1:{port}/0"

    @asynccontextmanager
    async def before(self, port: int) -> AsyncIterator[int]:
        """Listen before the server at a port, and yield the port to connect to instead.

        0 is `target_port`, as it is when a connection comes.
        """
        server = await asyncio.start_server(partial(self._accept, port), "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            self.cut()
            await asyncio.gather(*self.pipes, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection."""
        self.is_cut = True
        for pipe in self.pipes:
            pipe.cancel()

    def mend(self) -> None:
        """Accept connections again."""
        self.is_cut = False

    def _accept(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        pipe = asyncio.create_task(self._pipe(port, reader, writer))
        self.pipes.add(pipe)
        pipe.add_done_callback(self.pipes.discard)

    async def _pipe(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port or self.target_port)
        ways = [_copy(reader, up_writer), _copy(up_reader, writer)]
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for end in (writer, up_writer):
                end.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
