"""What stands before the services of the stack, which restart behind it as in a deployment."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_dev.harness.faults import FAULT
from link_dev.harness.hosts import host_name
from link_kernel.web.server import Runner

_DRAINED_WITHIN_S: Final = 2.0
_RETRY_AFTER_S: Final = 1
_PAGE: Final = "<!doctype html><title>503</title><h1>503 Service Unavailable</h1>\n"

DOWN: Final = "down"
"""The `FAULT` of a call that met no service."""


class Gateway:
    """Passes calls on to services that it opens, closes, and opens anew.

    While they are closed it answers in their place as a load balancer does: 503, a page of its own
    that no other origin may read, and `Retry-After`.
    """

    def __init__(self, services: Callable[[], AbstractAsyncContextManager[Handler]]) -> None:
        """Take what opens the services and gives what handles their calls."""
        self._services: Final = services
        self._handle: Handler | None = None
        self._opened: Final = AsyncExitStack()
        self._under_way = 0
        self._drained = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the services; raises what they raise at their start."""
        await self._start()
        try:
            yield
        finally:
            await self._stop()

    @asynccontextmanager
    async def restarting(self) -> AsyncIterator[None]:
        """Stop the services, and start new ones at the end of the context.

        Calls under way are answered first, for some seconds; all that was in memory is lost.
        """
        await self._stop()
        try:
            yield
        finally:
            await self._start()

    def before(self, hosts: Collection[str]) -> Callable[[Handler], Handler]:
        """Return what passes on the calls of these hosts, and leaves the others as they are."""

        def around(handle: Handler) -> Handler:
            async def choose(request: web.Request) -> web.StreamResponse:
                is_theirs = host_name(request) in hosts
                return await (self._pass_on(request) if is_theirs else handle(request))

            return choose

        return around

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if self._handle is None:
            request[FAULT] = DOWN
            return web.Response(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                text=_PAGE,
                content_type="text/html",
                headers={hdrs.RETRY_AFTER: str(_RETRY_AFTER_S), hdrs.CACHE_CONTROL: "no-store"},
            )
        self._under_way += 1
        try:
            return await self._handle(request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._drained.set()

    async def _start(self) -> None:
        self._handle = await self._opened.enter_async_context(self._services())

    async def _stop(self) -> None:
        self._handle = None
        self._drained.clear()
        if self._under_way:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), _DRAINED_WITHIN_S)
        await self._opened.aclose()


@asynccontextmanager
async def handling(app: web.Application) -> AsyncIterator[Handler]:
    """Start an application that listens nowhere, and give what handles its calls."""
    runner = Runner(app)
    await runner.setup()
    server = runner.server
    if server is None:
        raise RuntimeError("an application that is set up has a server")
    try:
        yield server.request_handler
    finally:
        await runner.cleanup()
