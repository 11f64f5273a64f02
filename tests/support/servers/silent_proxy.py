"""A TCP proxy that can stop forwarding, for a while or for the connections it has by then."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SilentProxy:
    """Stands before a server of this machine."""

    target_port: int
    tls: ssl.SSLContext | None = None  # that its callers speak; the server behind it does not
    may_speak: asyncio.Event = field(default_factory=asyncio.Event)
    pipes: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Listen, and yield the port to connect to."""
        self.may_speak.set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        async with server:
            yield server.sockets[0].getsockname()[1]
            for pipe in self.pipes:
                pipe.cancel()
            await asyncio.gather(*self.pipes, return_exceptions=True)

    def begin(self) -> None:
        """Stop forwarding."""
        self.may_speak.clear()

    def end(self) -> None:
        """Forward everything that was held back, and resume."""
        self.may_speak.set()

    def forget(self) -> None:
        """Forward nothing more of the open connections, as a firewall does; new ones do speak."""
        self.may_speak.clear()
        self.may_speak = asyncio.Event()
        self.may_speak.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipe = asyncio.create_task(self._pipe(reader, writer))
        self.pipes.add(pipe)
        pipe.add_done_callback(self.pipes.discard)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        may_speak = self.may_speak
        ways = [_copy(reader, up_writer, may_speak), _copy(up_reader, writer, may_speak)]
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for end in (writer, up_writer):
                end.transport.abort()


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_speak: asyncio.Event
) -> None:
    while chunk := await reader.read(65536):
        await may_speak.wait()
        writer.write(chunk)
        await writer.drain()
