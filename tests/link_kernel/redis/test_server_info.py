"""Fields that a managed Redis leaves out of `INFO` are unknown."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import redis_faults
from link_kernel.redis.server_info import read_info

_MEMORY = "# Memory\r\nused_memory:1024\r\n"
_REPLIES = {
    b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n",
    b"CLIENT": b"-ERR unknown command\r\n",
    b"INFO": f"${len(_MEMORY)}\r\n{_MEMORY}\r\n".encode(),
}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each command of the Redis protocol by its name alone."""
    while count := (await reader.readline())[1:].strip():
        words = []
        for _ in range(int(count)):
            await reader.readline()
            words.append((await reader.readline()).strip())
        writer.write(_REPLIES.get(words[0], b"+OK\r\n"))
    writer.close()


@pytest.fixture
async def terse_url() -> AsyncIterator[str]:
    """The URL of a server whose `INFO` says hardly anything."""
    async with await asyncio.start_server(_answer, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_policy_that_is_not_told_is_no_fault(terse_url: str) -> None:
    async with connect(terse_url) as redis:
        assert await read_info(redis, "memory") == {"used_memory": 1024}
        assert await redis_faults(redis) == []
