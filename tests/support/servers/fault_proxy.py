"""A TCP proxy, by TLS too, that puts a named fault between two parts which are both well."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final

from link_dev.embedded.server import HOST
from tests.support.waiting import next_turn

_TURNS_TO_ACCEPT: Final = 10
_CHUNK: Final = 65536
_DELAY_S: Final = 0.02
# Of each chunk. A turn of the event loop for each byte of a long one lasts longer than a time-out
# on a busy machine, and tells no more of the parsers.
_BYTES_ALONE: Final = 500
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # on, and no lingering: a close sends RST


class Fault(StrEnum):
    """What may be wrong between two parts."""

    RESET = "reset"
    """Connections, open and new ones, end by RST."""
    REFUSED = "refused"
    """Nothing listens; open connections end by RST."""
    HALF_OPEN = "half-open"
    """The peer is gone without a word: what is sent is lost, and the connections never speak again.

    New ones are accepted, and are the same.
    """
    SILENT = "silent"
    """Nothing is passed on in time: it is held back, and arrives after all once the fault ends."""
    DELAY = "delay"
    """Each chunk is late, by far less than any time-out."""
    BYTE_BY_BYTE = "byte by byte"
    """Each byte comes alone."""
    CUT_AFTER_REPLY = "cut after the reply"
    """A request arrives and is served; the connection ends by RST before a byte of the reply."""


_BY_RESET: Final = {Fault.RESET, Fault.REFUSED, Fault.CUT_AFTER_REPLY}


@dataclass
class FaultProxy:
    """Stands before servers of this machine; it passes everything on while there is no fault.

    `target_port` is that of one server, which may become another.
    """

    target_port: int = 0
    tls: ssl.SSLContext | None = None  # that its callers speak; the servers behind it do not
    pipes: set[asyncio.Task[None]] = field(default_factory=set)
    _fault: Fault | None = None
    _planned: Fault | None = None
    _replies_left: int = 0
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _open: "set[_Connection]" = field(default_factory=set)
    _listeners: "list[_Listener]" = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Listen before the one server, and yield the port to connect to."""
        async with self._listening(lambda: self.target_port) as port:
            yield port

    @asynccontextmanager
    async def before(self, port: int) -> AsyncIterator[int]:
        """Listen before the server at a port, and yield the port to connect to instead."""
        async with self._listening(lambda: port) as instead:
            yield instead

    def begin(self, fault: Fault) -> None:
        """Put a fault between the parts, also on the connections that are open."""
        self._fault = fault
        match fault:
            case Fault.SILENT:
                self._flows.clear()
            case Fault.HALF_OPEN:
                for connection in self._open:
                    connection.is_dead = True
            case Fault.RESET:
                self._end_all()
            case Fault.REFUSED:
                for listener in self._listeners:
                    listener.close()
                self._end_all()
            case Fault.DELAY | Fault.BYTE_BY_BYTE | Fault.CUT_AFTER_REPLY:
                pass  # nothing of what is open ends by itself

    def begin_after(self, replies: int, fault: Fault) -> None:
        """Begin a fault once so many chunks more have come back; the next one meets it."""
        self._planned, self._replies_left = fault, replies

    @property
    def has_begun(self) -> bool:
        """Whether there is a fault by now."""
        return self._fault is not None

    async def mend(self) -> None:
        """End the fault; what was held back is passed on."""
        self._fault = self._planned = None
        self._flows.set()
        for listener in self._listeners:
            await listener.open()

    async def forget(self) -> None:
        """Let open connections die in silence, as a firewall does; new ones do speak."""
        self.begin(Fault.HALF_OPEN)
        await self.mend()

    @asynccontextmanager
    async def _listening(self, target: Callable[[], int]) -> AsyncIterator[int]:
        self._flows.set()
        listener = _Listener(partial(self._accept, target), self.tls)
        await listener.open()
        self._listeners.append(listener)
        try:
            yield listener.port
        finally:
            self._listeners.remove(listener)
            listener.close()
            for _ in range(_TURNS_TO_ACCEPT):  # what came a moment ago is accepted turns later
                self._end_all()
                await next_turn()
            await asyncio.gather(*self.pipes, return_exceptions=True)

    def _end_all(self) -> None:
        for pipe in self.pipes:
            pipe.cancel()

    def _accept(
        self,
        target: Callable[[], int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if self._fault is Fault.RESET:
            _reset(writer)
            return
        pipe = asyncio.create_task(self._pipe(target(), reader, writer))
        self.pipes.add(pipe)
        pipe.add_done_callback(self.pipes.discard)
        pipe.add_done_callback(lambda _pipe: self._end(writer))

    async def _pipe(
        self, target_port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(HOST, target_port)
        except OSError:
            return
        connection = _Connection(is_dead=self._fault is Fault.HALF_OPEN)
        self._open.add(connection)
        ways = [
            asyncio.create_task(self._pass_on(connection, reader, up_writer)),
            asyncio.create_task(self._pass_on(connection, up_reader, writer, is_reply=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(connection)
            self._end(up_writer)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        """End one side of a connection: by RST where that is the fault, else as its peer did."""
        if self._fault in _BY_RESET:
            _reset(writer)
        else:
            writer.close()

    async def _pass_on(
        self,
        connection: "_Connection",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_reply: bool = False,
    ) -> None:
        """Pass one direction on, until its sender closes or the fault ends the connection."""
        while chunk := await reader.read(_CHUNK):
            if is_reply:
                self._count_reply()
            await self._flows.wait()
            if connection.is_dead:
                continue
            if is_reply and self._fault is Fault.CUT_AFTER_REPLY:
                return
            await self._write(writer, chunk)
        if connection.is_dead:
            await asyncio.Event().wait()  # no end of it reaches the other side either

    def _count_reply(self) -> None:
        if self._planned is not None and self._replies_left == 0:
            self.begin(self._planned)
            self._planned = None
        self._replies_left -= 1

    async def _write(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        if self._fault is Fault.DELAY:
            await asyncio.sleep(_DELAY_S)  # noqa: TID251  # the delay is what is asked for
        alone = min(len(chunk), _BYTES_ALONE) if self._fault is Fault.BYTE_BY_BYTE else 0
        for part in (*(chunk[at : at + 1] for at in range(alone)), chunk[alone:]):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time


@dataclass
class _Listener:
    """A port to connect to, which stays the same when it is opened again."""

    accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
    tls: ssl.SSLContext | None
    port: int = 0
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen, unless it does."""
        if self._server is None:
            self._server = await asyncio.start_server(self.accept, HOST, self.port, ssl=self.tls)
            self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening; connections that are open stay."""
        if self._server is not None:
            self._server.close()
            self._server = None


@dataclass(eq=False)
class _Connection:
    """One connection through the proxy."""

    is_dead: bool


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by RST."""
    connected = writer.get_extra_info("socket")
    if connected is not None and connected.fileno() != -1:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
