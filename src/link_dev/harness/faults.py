"""Fault injection on the hosts that browsers call: a lost answer or call, a 503, a held answer."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Literal

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from pydantic import Field, PrivateAttr

from link_dev.harness.whose import OfBusiness, Whose, asked_for
from link_kernel.errors import StoreUnavailable
from link_kernel.web.request import read_body

FAULT: Final = web.RequestKey("fault", str)
Kind = Literal["lose", "unavailable", "delay", "together", "offline"]
_LONGEST_MS: Final = 30_000


class Fault(OfBusiness):
    """A fault of the next `times` calls of one path, those of one business if it is named.

    `lose`: the call is processed and the connection closed without an answer. `unavailable`: 503,
    not processed. `delay`: processed, and answered `delay_ms` later. `together`: processed, and
    answered once all `times` calls have come, which a client cannot mistake for one after another.
    `offline`: from the first call of the path on, no call of any path is processed, and connections
    are reset, until it is removed. Calls that do not say whose they are, as for our script, pass.
    """

    path: str = Field(pattern=r"^/[!-~]{0,199}$")
    kind: Kind
    times: int = Field(default=1, ge=1, le=100)
    delay_ms: int = Field(default=0, ge=0, le=_LONGEST_MS)
    _has_begun: bool = PrivateAttr(default=False)
    _all_came: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    def meets(self, path: str) -> bool:
        """Whether it is due at a call of this path."""
        return path == self.path or self._has_begun

    def take(self) -> bool:
        """Meet one call; return whether it was the last."""
        if self.kind == "offline":
            self._has_begun = True
            return False
        self.times -= 1
        return not self.times

    def let_go(self) -> None:
        """Let the answers go out that wait for the other calls."""
        self._all_came.set()

    async def affect(self, request: web.Request) -> None:
        """Lose an answer by closing the connection, or hold it back."""
        if self.kind == "delay":
            await asyncio.sleep(self.delay_ms / 1000)  # noqa: TID251  # the delay is the fault
        elif self.kind == "together":
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_came.wait(), _LONGEST_MS / 1000)
        elif request.transport is not None:
            request.transport.abort()


class Faults:
    """The pending faults, in the order in which they were added."""

    def __init__(self, whose: Whose | None = None) -> None:
        """Begin with none; `whose` tells the calls of businesses apart."""
        self._whose = whose or Whose()
        self._due: list[Fault] = []

    @property
    def due(self) -> list[Fault]:
        """The pending faults, each with the number of calls it has left."""
        return [fault.model_copy() for fault in self._due]

    def add(self, path: str, kind: Kind, *, times: int = 1, delay_ms: int = 0) -> None:
        """Inject a fault into the next `times` calls of `path`."""
        self._due.append(Fault(path=path, kind=kind, times=times, delay_ms=delay_ms))

    def clear(self, business_id: str | None = None) -> None:
        """Remove all pending faults, or a business's; answers that wait for other calls go out."""
        gone = [one for one in self._due if business_id in {None, one.business_id}]
        for fault in gone:
            self._due.remove(fault)
            fault.let_go()

    def middleware(self) -> Middleware:
        """Return the middleware of a host; what answers errors as usual renders its 503."""

        @web.middleware
        async def inject(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = self._take(request)
            if fault is None:
                return await handler(request)
            request[FAULT] = fault.kind
            if fault.kind == "unavailable":
                raise StoreUnavailable("injected fault")
            if fault.kind == "offline":
                await fault.affect(request)
                return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)  # which nobody gets
            try:
                return await handler(request)
            finally:  # an error response is lost or late like any other
                await fault.affect(request)

        return inject

    def add_to(self, root: web.Application, path: str) -> None:
        """Add the routes by which the harness adds, lists and removes faults."""
        root.router.add_get(path, self._show)
        root.router.add_post(path, self._add)
        root.router.add_delete(path, self._cancel)

    def _take(self, request: web.Request) -> Fault | None:
        if request.method == hdrs.METH_OPTIONS:
            return None
        of_path = [fault for fault in self._due if fault.meets(request.path)]
        whose = self._whose.of(request) if of_path else None
        found = next((one for one in of_path if one.business_id in {None, whose}), None)
        if found is not None and found.take():
            self._due.remove(found)
            found.let_go()
        return found

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response([fault.model_dump(exclude_none=True) for fault in self._due])

    async def _add(self, request: web.Request) -> web.Response:
        self._due.append(await read_body(request, Fault))
        return await self._show(request)

    async def _cancel(self, request: web.Request) -> web.Response:
        self.clear(asked_for(request))
        return await self._show(request)
