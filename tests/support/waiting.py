"""Polls a condition until it holds or a deadline passes; never a fixed sleep."""

import asyncio
from collections.abc import Callable

DEADLINE_S = 60


async def until(holds: Callable[[], bool], *, every_s: float = 0.001) -> None:
    """Return once the polled condition holds; `TimeoutError` after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():  # noqa: ASYNC110  # what is waited for has no event to tell of
            await asyncio.sleep(every_s)
