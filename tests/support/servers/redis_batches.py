"""Round trips to Redis of the services' own client, counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

from link_kernel.redis.pipelining import PipeliningRedis


@contextmanager
def batches_to_redis() -> Iterator[list[int]]:
    """Collect how many commands each round trip has."""
    sizes: list[int] = []
    exchange = PipeliningRedis._exchange  # noqa: SLF001  # where one round trip happens

    async def counted(
        self: PipeliningRedis,
        used: AbstractConnection,
        commands: Sequence[Any],
        replies: list[Any],
    ) -> None:
        sizes.append(len(commands))
        await exchange(self, used, commands, replies)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PipeliningRedis, "_exchange", counted)
        yield sizes
