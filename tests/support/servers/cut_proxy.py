"""A TCP proxy that can break its connections and refuse new ones until restored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from link_dev.embedded.redis import EmbeddedRedis


@dataclass
class CutProxy:
    """Stands before a Redis."""

    target_port: int
    is_cut: bool = False
    pipes: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen, and yield the URL to connect to."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
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

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        pipe = asyncio.create_task(self._pipe(reader, writer))
        self.pipes.add(pipe)
        pipe.add_done_callback(self.pipes.discard)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
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


def proxy_before(server: EmbeddedRedis) -> CutProxy:
    """Return a proxy before this Redis."""
    return CutProxy(int(server.url.rsplit(":", 1)[1].split("/")[0]))
