"""Writes sessions by the very commands that a bridge sends, each with ids of its own."""

import ast
import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

_HOST: Final = "127.0.0.1"
_WORD: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_FROM_SCRIPT: Final = b" lua] "
_WRITES: Final = {b"EVALSHA", b"SET", b"HSET", b"ZADD", b"PEXPIRE"}
_END: Final = b"the-end-of-it"
_BATCH: Final = 1_000
_CHUNK: Final = 1 << 20


class WriteFailed(Exception):
    """Redis refused a command; the text holds the beginning of its replies."""


@dataclass(frozen=True)
class Recording:
    """The commands that made one session, as Redis reads them, and the ids in them."""

    commands: bytes
    ids: Sequence[str]

    def of(self, number: int) -> bytes:
        """Return the commands of another session, whose ids are as long."""
        commands = self.commands
        for each in self.ids:
            commands = commands.replace(each.encode(), _another(each, number).encode())
        return commands


def _another(known: str, number: int) -> str:
    """Return an id, or a hash in hex, that is as long and has this number."""
    prefix, separator, rest = known.rpartition("_")
    return f"{prefix}{separator}{number:0{len(rest)}d}"


async def record(port: int, make: Callable[[], Awaitable[Sequence[str]]]) -> Recording:
    """Return what was written with any of the ids that `make` returns."""
    reader, writer = await asyncio.open_connection(_HOST, port)
    writer.write(_packed([b"MONITOR"]))
    await reader.readline()
    ids = await make()
    _, other = await asyncio.open_connection(_HOST, port)
    other.write(_packed([b"ECHO", _END]))
    found = b""
    while _END not in (line := await reader.readline()):
        words = [ast.literal_eval(f"b{word.decode()}") for word in _WORD.findall(line)]
        is_of_session = any(each.encode() in word for each in ids for word in words)
        if _FROM_SCRIPT not in line and words[0].upper() in _WRITES and is_of_session:
            found += _packed(words)
    for one in (writer, other):
        one.close()
        await one.wait_closed()
    return Recording(found, ids)


async def write(port: int, recording: Recording, numbers: range) -> None:
    """Write so many sessions, a thousand at a time; raises `WriteFailed`."""
    reader, writer = await asyncio.open_connection(_HOST, port)
    for first in range(numbers.start, numbers.stop, _BATCH):
        part = range(first, min(first + _BATCH, numbers.stop))
        writer.write(b"".join(map(recording.of, part)) + _packed([b"ECHO", _END]))
        replies = bytearray()
        while not replies.endswith(_END + b"\r\n"):
            chunk = await reader.read(_CHUNK)
            if not chunk or b"\r\n-" in chunk or chunk.startswith(b"-"):
                raise WriteFailed(chunk[:300].decode(errors="replace"))
            replies += chunk
    writer.close()
    await writer.wait_closed()


def _packed(words: Sequence[bytes]) -> bytes:
    """Return a command in Redis's protocol (RESP)."""
    parts = [b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)]
    return b"".join(parts)
