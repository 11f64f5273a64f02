"""Draining: a process that is asked to end fails its readiness first and serves on for a while.

A gateway learns only after some seconds that a server is to be left; until then its calls come.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from link_kernel.web.application import ALWAYS_SENT

# Turns of the event loop in which the bytes of a connection are read and its request begins.
_TURNS_TO_BEGIN: Final = 5

_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class Drain:
    """Whether this process is about to end, and how long it then serves on, in seconds."""

    seconds: float
    has_begun: bool = False
    _apps: list[web.Application] = field(default_factory=list)

    def watch(self, app: web.Application) -> None:
        """Tell an application's readiness, and its connections, when the drain begins."""
        self._apps.append(app)
        app[DRAIN] = self

    def begin(self) -> None:
        """Fail the readiness, and end each connection with its next answer.

        So a gateway opens the next one elsewhere, and none is cut while a request is on its way.
        """
        self.has_begun = True
        for app in self._apps:
            app[ALWAYS_SENT][hdrs.CONNECTION] = "close"
        _log.info("draining", extra={"seconds": self.seconds})


DRAIN: Final = web.AppKey("drain", Drain)


async def accept_the_rest(
    listening: socket.socket, protocol: Callable[[], asyncio.BaseProtocol]
) -> None:
    """Serve what has connected to a listening socket and was not accepted, and close the socket.

    It must not block. The kernel goes on with connections that nobody accepts until the last
    descriptor is closed, and then resets them: so that happens as soon as none is left.
    """
    loop = asyncio.get_running_loop()
    while True:
        try:
            connected, _ = listening.accept()
        except OSError:  # none is left, or this one has gone again
            break
        connected.settimeout(0)
        await loop.connect_accepted_socket(protocol, connected)
    listening.close()
    for _ in range(_TURNS_TO_BEGIN):
        await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time
