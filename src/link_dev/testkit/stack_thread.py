"""Runs the stack in a thread with its own event loop, so that any kind of test can use it."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from link_kernel.web.listen import PortTaken

_PATIENCE_S: Final = 60.0
_PORT_TRIES: Final = 5

T = TypeVar("T")


@dataclass
class StackThread:
    """Starts and stops a stack; `bridge` and `link` are fields of each service's `Settings`."""

    bridge: Mapping[str, Any] = field(default_factory=dict)
    link: Mapping[str, Any] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> Stack:
        """Return the stack once it serves, on free ports; raises what `open_stack` raises."""
        for tries_left in reversed(range(_PORT_TRIES)):
            started: Future[Stack] = Future()
            self._thread = threading.Thread(
                target=lambda told: asyncio.run(self._serve(told)),
                args=(started,),
                name="link-stack",
                daemon=True,
            )
            self._thread.start()
            try:
                return started.result(_PATIENCE_S)
            except PortTaken:  # another process took it first
                if not tries_left:
                    raise
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """Stop the stack; return when it has stopped."""
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE_S)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the stack's loop and return its result; call it from any thread."""
        if self._loop is None:
            work.close()
            raise AssertionError("Start the stack first.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    async def _serve(self, started: "Future[Stack]") -> None:
        plan = Plan(Ports.free(), bridge=self.bridge, link=self.link)
        try:
            async with open_stack(plan) as stack:
                self._loop = asyncio.get_running_loop()
                started.set_result(stack)
                await self._stop.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
