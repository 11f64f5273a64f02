"""Listens with applications on TCP ports, until a signal stops the process."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from link_kernel.web.server import Runner

_SHUTDOWN_S = 10.0
_log: Final = logging.getLogger(__name__)


class PortTaken(Exception):
    """The address cannot be listened on; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An application, its host and port; `shared` lets other processes listen on the same port."""

    app: web.Application
    host: str
    port: int
    shared: bool = False


@asynccontextmanager
async def listening(*listeners: Listener, shutdown_s: float = _SHUTDOWN_S) -> AsyncIterator[None]:
    """Serve all `listeners` while the context lasts; raises `PortTaken`."""
    runners: list[Runner] = []
    try:
        for listener in listeners:
            runner = Runner(listener.app, shutdown_timeout=shutdown_s)
            runners.append(runner)
            await runner.setup()
            await _listen(runner, listener)
        gc.freeze()  # what was made until here stays, so no collection need look at it again
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, listener: Listener) -> None:
    try:
        await web.TCPSite(
            runner, listener.host, listener.port, reuse_port=listener.shared or None
        ).start()
        _log.info("listening", extra={"host": listener.host, "port": listener.port})
    except OSError as error:
        where = f"{listener.host}:{listener.port}"
        raise PortTaken(
            f"cannot listen on {where}: {error.strerror}; choose another port"
        ) from error


def hold_hangups() -> None:
    """Block SIGHUP until `until_stopped` handles it; without a handler it would end the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


def release_hangups() -> None:
    """Unblock SIGHUP, which delivers one that arrived while it was blocked."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


async def until_stopped(
    on_hangup: Callable[[], object] | None = None, *, parent: int | None = None
) -> None:
    """Return at the first SIGINT or SIGTERM, or when the pipe `parent` closes.

    Until then `on_hangup` is called at each SIGHUP.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    if on_hangup is not None:
        loop.add_signal_handler(signal.SIGHUP, on_hangup)
        release_hangups()
    if parent is not None:

        def end_with_parent(pipe: int) -> None:
            loop.remove_reader(pipe)
            stopped.set()

        loop.add_reader(parent, end_with_parent, parent)
    await stopped.wait()
