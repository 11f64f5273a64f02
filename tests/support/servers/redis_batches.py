"""Round trips to Redis of the services' own client, counted."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

from link_kernel.redis.pipelining import PipeliningRedis


@contextmanager
def batches_to_redis() -> Iterator[list[int]]:
    """Collect how many commands each round trip of this thread has.

    To several primaries of a Cluster at once it is one: they answer while the others do. A stack in
    another thread of the tests asks its own Redis meanwhile.
    """
    here = threading.get_ident()
    sizes: list[int] = []
    under_way: list[tuple[PipeliningRedis, int]] = []
    exchange = PipeliningRedis._exchange  # noqa: SLF001  # where one round trip happens

    async def counted(
        self: PipeliningRedis,
        used: AbstractConnection,
        commands: Sequence[Any],
        replies: list[Any],
    ) -> None:
        if threading.get_ident() != here:
            return await exchange(self, used, commands, replies)
        beside = [trip for other, trip in under_way if _of_one_cluster(self, other)]
        trip = beside[0] if beside else len(sizes)
        if not beside:
            sizes.append(0)
        sizes[trip] += len(commands)
        under_way.append((self, trip))
        try:
            return await exchange(self, used, commands, replies)
        finally:
            under_way.remove((self, trip))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PipeliningRedis, "_exchange", counted)
        yield sizes


def _of_one_cluster(one: PipeliningRedis, other: PipeliningRedis) -> bool:
    """Tell whether these are the clients of two primaries of one Cluster."""
    return one is not other and one._pools is other._pools  # noqa: SLF001  # no public way
