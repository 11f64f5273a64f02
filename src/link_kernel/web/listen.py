"""Listens with applications on TCP ports, until a signal stops the process."""

import asyncio
import errno
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

from aiohttp import web

from link_kernel.web.drain import Drain, accept_the_rest
from link_kernel.web.server import Runner

_SHUTDOWN_S: Final = 10.0
_LEAST_S: Final = 1.0  # for a listener whose predecessor took all the time
_BACKLOG: Final = 128
_log: Final = logging.getLogger(__name__)


class PortTaken(Exception):
    """The address cannot be listened on; the message says which setting, why and what to do."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An application, its host and port; `shared` lets other processes listen on the same port.

    `prefix` is what the names of its settings begin with, such as `ELEMENTS_INTERNAL_`.
    """

    app: web.Application
    host: str
    port: int
    prefix: str = ""
    shared: bool = False


@asynccontextmanager
async def listening(
    *listeners: Listener, drain: Drain | None = None, shutdown_s: float = _SHUTDOWN_S
) -> AsyncIterator[None]:
    """Serve all `listeners` while the context lasts; raises `PortTaken`.

    At its end what has come is answered, for up to `shutdown_s` seconds, by the first listener
    first. The others tell of `drain` until then, and have what is left, a second at least.
    """
    end = _End(shutdown_s)
    async with AsyncExitStack() as opened:
        for listener in reversed(listeners):
            if drain is not None:
                drain.watch(listener.app)
            await opened.enter_async_context(_serving(listener, end))
        gc.freeze()  # what was made until here stays, so no collection need look at it again
        yield


@dataclass(slots=True)
class _End:
    """How long what has come is answered, by all listeners together."""

    seconds: float
    _at: float | None = None

    def left_s(self) -> float:
        """Return what is left of the time, which begins with the first question."""
        now = asyncio.get_running_loop().time()
        self._at = self._at or now + self.seconds
        return max(self._at - now, _LEAST_S)


@asynccontextmanager
async def _serving(listener: Listener, end: _End) -> AsyncIterator[None]:
    runner = Runner(listener.app)
    await runner.setup()
    with ExitStack() as bound:
        try:
            sockets = [bound.enter_context(taken) for taken in _bound(listener)]
            kept_open = [bound.enter_context(taken.dup()) for taken in sockets]
            for taken in sockets:
                await web.SockSite(runner, taken).start()
            _log.info("listening", extra={"host": listener.host, "port": listener.port})
            yield
            for site in runner.sites:
                await site.stop()
            for taken in kept_open:
                await accept_the_rest(taken, cast("web.Server", runner.server))
        finally:
            runner.end_within(end.left_s())
            await runner.cleanup()


def _bound(listener: Listener) -> Iterator[socket.socket]:
    """Yield a listening socket for each address of the host; raises `PortTaken`."""
    try:
        found = socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)
        for family, address in dict.fromkeys((one[0], one[4][:2]) for one in found):
            taken = socket.create_server(
                address, family=family, backlog=_BACKLOG, reuse_port=listener.shared
            )
            taken.settimeout(0)
            yield taken
    except OSError as error:
        raise PortTaken(_cannot_listen(listener, error)) from error


def _cannot_listen(listener: Listener, error: OSError) -> str:
    """Return the setting at fault, the cause and the cure."""
    host, port = listener.host, listener.port
    if isinstance(error, socket.gaierror):
        fault = "HOST", f"no address is known for {host}; 127.0.0.1 is this machine alone"
    elif error.errno == errno.EADDRNOTAVAIL:
        fault = "HOST", f"{host} is no address of this machine; 0.0.0.0 is each that it has"
    elif error.errno == errno.EADDRINUSE:
        fault = "PORT", f"{host}:{port} is in use; end who listens there, or choose another port"
    elif error.errno == errno.EACCES:
        fault = "PORT", f"{host}:{port} is for root alone; choose a port from 1024 on"
    else:
        fault = "PORT", f"cannot listen on {host}:{port}: {error.strerror}"
    return f"{listener.prefix}{fault[0]}: {fault[1]}"


def hold_hangups() -> None:
    """Block SIGHUP until `until_stopped` handles it; without a handler it would end the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


def release_hangups() -> None:
    """Unblock SIGHUP, which delivers one that arrived while it was blocked."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


async def until_stopped(
    on_hangup: Callable[[], object] | None = None,
    *,
    drain: Drain | None = None,
    parent: int | None = None,
) -> None:
    """Return when the process is to end; until then `on_hangup` is called at each SIGHUP.

    That is at SIGINT, when the pipe `parent` closes, or at the end of the `drain` that the first
    SIGTERM begins. More of them change nothing: a supervisor may send one to each process of a
    group, and the parent of workers passes its own on to them.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin_to_end() -> None:
        if drain is None:
            stopped.set()
        elif not drain.has_begun:
            drain.begin()
            loop.call_later(drain.seconds, stopped.set)

    loop.add_signal_handler(signal.SIGINT, stopped.set)
    loop.add_signal_handler(signal.SIGTERM, begin_to_end)
    if on_hangup is not None:
        loop.add_signal_handler(signal.SIGHUP, on_hangup)
        release_hangups()
    if parent is not None:

        def end_with_parent(pipe: int) -> None:
            loop.remove_reader(pipe)
            stopped.set()

        loop.add_reader(parent, end_with_parent, parent)
    await stopped.wait()
