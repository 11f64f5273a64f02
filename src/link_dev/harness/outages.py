"""Outages that scenarios order: a part of the stack is really gone until it is said to be back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final

from aiohttp import web
from pydantic import Field

from link_dev.harness.whose import OfBusiness, asked_for
from link_kernel.web.request import read_body

LONGEST_S: Final = 15.0
"""By then it ends by itself: the page that ordered it may be closed."""

Breaking = Callable[[], AbstractAsyncContextManager[None]]


class OutageOrder(OfBusiness):
    """What is to be gone."""

    of: str = Field(max_length=20)


class Outages:
    """The outages of one stack: one at a time, since all its pages meet it."""

    def __init__(self, known: Mapping[str, Breaking], *, longest_s: float = LONGEST_S) -> None:
        """Take what can be broken: each context breaks it, and mends it at its end."""
        self._known: Final = known
        self._longest_s: Final = longest_s
        self._turns: Final = asyncio.Lock()
        self._ordered: dict[str | None, tuple[asyncio.Event, asyncio.Task[None]]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take orders; at the end everything is mended."""
        try:
            yield
        finally:
            for business_id in list(self._ordered):
                await self.end(business_id)

    async def begin(self, name: str, business_id: str | None = None) -> bool:
        """Break it; return when it is broken, and `False` at once if this stack cannot.

        It waits until another outage is over. A business has one at a time. Raises what the context
        raises when it is entered.
        """
        if name not in self._known:
            return False
        await self.end(business_id)
        has_begun, is_over = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(self._last(self._known[name], has_begun, is_over))
        self._ordered[business_id] = is_over, task
        begins = asyncio.create_task(has_begun.wait())
        await asyncio.wait({begins, task}, return_when=asyncio.FIRST_COMPLETED)
        begins.cancel()
        if task.done():
            await self.end(business_id)
        return True

    async def end(self, business_id: str | None = None) -> None:
        """Mend what a business broke, if anything; return when it is mended."""
        if found := self._ordered.get(business_id):
            is_over, task = found
            is_over.set()
            try:
                await asyncio.shield(task)
            finally:
                if task.done() and self._ordered.get(business_id) is found:
                    del self._ordered[business_id]

    def add_to(self, root: web.Application, path: str) -> None:
        """Add the routes by which the harness begins and ends an outage."""
        root.router.add_post(path, self._begin)
        root.router.add_delete(path, self._end)

    async def _last(
        self, breaking: Breaking, has_begun: asyncio.Event, is_over: asyncio.Event
    ) -> None:
        async with self._turns, breaking():
            has_begun.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), self._longest_s)

    async def _begin(self, request: web.Request) -> web.Response:
        order = await read_body(request, OutageOrder)
        return web.json_response({"has_begun": await self.begin(order.of, order.business_id)})

    async def _end(self, request: web.Request) -> web.Response:
        await self.end(asked_for(request))
        return web.json_response({})
