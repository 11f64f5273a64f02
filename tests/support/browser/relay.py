"""A TCP relay before a server, which counts bytes and tells which connection carried what."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from link_dev.harness.addresses import LOOPBACK
from link_dev.stack import Stack
from tests.support.browser.servers import DEADLINE_S

_AT_ONCE: Final = 64 * 1024
_REQUEST: Final = re.compile(rb"([A-Z]+ [^ ?]+)\S* HTTP/1\.1\r\n")


@dataclass
class Relay:
    """Where the relay listens, what the server has sent through it, and on which connections.

    `connections` holds the requests of each, as method and path, in the order of their opening.
    """

    port: int = 0
    bytes_down: int = 0
    connections: list[list[str]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def opened(self, count: int) -> list[list[str]]:
        """Wait until so many connections were opened, and return them."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.connections) < count:
                self._news.clear()
                await self._news.wait()
        return self.connections

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to_port: int
    ) -> None:
        """Relay one connection until both sides have closed it."""
        carried: list[str] = []
        self.connections.append(carried)
        self._news.set()

        def note_request(chunk: bytes) -> None:
            if found := _REQUEST.match(chunk):
                carried.append(found[1].decode())

        def count(chunk: bytes) -> None:
            self.bytes_down += len(chunk)

        from_server, to_server = await asyncio.open_connection(LOOPBACK, to_port)
        await asyncio.gather(
            _pass(reader, to_server, note_request), _pass(from_server, writer, count)
        )


@asynccontextmanager
async def counting_relay(to_port: int) -> AsyncIterator[Relay]:
    """Relay connections to a port of this machine; they end with the context."""
    relay = Relay()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await relay.serve(reader, writer, to_port)

    async with await asyncio.start_server(serve, LOOPBACK, 0) as server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
        for task in tasks:
            task.cancel()


def through(port: int, stack: Stack) -> str:
    """Return the flag with which a Chromium reaches the elements origin by another port."""
    host = urlsplit(stack.origin("link")).hostname
    return f"--host-resolver-rules=MAP {host} {LOOPBACK}:{port}"


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]
) -> None:
    """Pass everything on until one side closes; then close the other."""
    try:
        while chunk := await reader.read(_AT_ONCE):
            note(chunk)
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
