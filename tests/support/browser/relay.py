"""A TCP relay before a server, which counts the bytes that the server sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from link_dev.harness.addresses import LOOPBACK

_AT_ONCE: Final = 64 * 1024


@dataclass
class Relay:
    """Where the relay listens, and how many bytes the server has sent through it."""

    port: int = 0
    bytes_down: int = 0


@asynccontextmanager
async def counting_relay(to_port: int) -> AsyncIterator[Relay]:
    """Relay connections to a port of this machine; they end with the context."""
    relay = Relay()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        from_server, to_server = await asyncio.open_connection(LOOPBACK, to_port)
        await asyncio.gather(_pass(reader, to_server, None), _pass(from_server, writer, relay))

    async with await asyncio.start_server(serve, LOOPBACK, 0) as server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
        for task in connections:
            task.cancel()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: Relay | None
) -> None:
    """Pass everything on until one side closes; then close the other."""
    try:
        while chunk := await reader.read(_AT_ONCE):
            if counted is not None:
                counted.bytes_down += len(chunk)
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
