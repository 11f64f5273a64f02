"""What speaks as a Redis does, and says `OK` to everything but what a test has it reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_REPLIES: Final = {
    "HELLO": "%1\r\n$5\r\nproto\r\n:3\r\n",
    "CLIENT": "-ERR unknown command\r\n",
}


def bulk(text: str) -> str:
    """Return a text as a reply of the Redis protocol."""
    return f"${len(text)}\r\n{text}\r\n"


@asynccontextmanager
async def terse_redis(asked: list[str] | None = None, **replies: str) -> AsyncIterator[str]:
    """Serve these replies, each to the command of its name; yield the URL.

    The names of the commands that come are appended to `asked`.
    """
    given = {name.encode(): reply.encode() for name, reply in {**_REPLIES, **replies}.items()}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while count := (await reader.readline())[1:].strip():
            words = []
            for _ in range(int(count)):
                await reader.readline()
                words.append((await reader.readline()).strip())
            if asked is not None:
                asked.append(words[0].decode())
            writer.write(given.get(words[0], b"+OK\r\n"))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
