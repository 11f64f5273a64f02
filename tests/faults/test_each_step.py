"""A fault at any step of a call: the same key finds what was done, and nothing is done twice."""

import pytest

from tests.support.faults.honest_client import SERVED, Visit
from tests.support.faults.stack import Place, faulty_stack
from tests.support.servers.fault_proxy import Fault

PATIENCE_S = 30.0
MOST_STEPS = 30
WRITE = 3


@pytest.mark.parametrize("place", [Place.BRIDGE_REDIS, Place.LINK_REDIS, Place.POSTGRESQL])
async def test_a_reply_that_is_lost_at_any_step_does_nothing_twice(
    place: Place, postgres_url: str
) -> None:
    """Each reply of each call is the one after which no more come."""
    async with faulty_stack(postgres_url) as stack:
        proxy, cut = stack.proxies[place], 0
        for at in range(4):
            for step in range(MOST_STEPS):
                visit = await Visit.begin(stack)
                calls = visit.calls()
                proxy.begin_after(step, Fault.CUT_AFTER_REPLY)
                await calls[at].attempt(PATIENCE_S)
                has_begun = proxy.has_begun
                await proxy.mend()
                for call in calls:
                    await call.until_served(PATIENCE_S)
                await visit.check(calls)
                if not has_begun:
                    break
                cut += 1
    assert cut >= 4


async def test_a_write_whose_connection_died_in_its_middle_blocks_no_later_one(
    postgres_url: str,
) -> None:
    """PostgreSQL ends the transaction, and so its lock, before the caller is told to come again."""
    async with faulty_stack(postgres_url) as stack:
        write = (await Visit.begin(stack)).calls()[WRITE]
        proxy = stack.proxies[Place.POSTGRESQL]
        proxy.begin_after(2, Fault.HALF_OPEN)
        assert await write.attempt(PATIENCE_S) != SERVED
        await proxy.mend()

        assert await write.until_served(PATIENCE_S) == 1
