"""Waiting for something to hold, bounded by a deadline; never for time to pass."""

import asyncio
from collections.abc import Callable

DEADLINE_S = 60


async def until(holds: Callable[[], bool], *, every_s: float = 0.001) -> None:
    """Return once something holds, asked so often; `TimeoutError` after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():  # noqa: ASYNC110  # what is waited for has no event to tell of
            await asyncio.sleep(every_s)
