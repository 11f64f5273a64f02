"""Idle connections that died in silence, as behind a firewall that forgot them."""

import asyncio

import pytest

from tests.support.faults.honest_client import SERVED, Visit
from tests.support.faults.stack import Place, faulty_stack

PATIENCE_S = 30.0
AT_ONCE = 4


@pytest.mark.parametrize("place", [Place.BRIDGE_REDIS, Place.AUTH_SERVICE])
async def test_many_that_died_refuse_one_call_at_most(place: Place, postgres_url: str) -> None:
    """The first call that gets no answer is the last: no other one meets a dead connection."""
    async with faulty_stack(postgres_url) as stack:
        proxy = stack.proxies[place]
        before = [await Visit.begin(stack) for _ in range(AT_ONCE)]
        after = [await Visit.begin(stack) for _ in range(AT_ONCE)]
        calls = [call for visit in before for call in visit.calls()]
        served = await asyncio.gather(*(call.attempt(PATIENCE_S) for call in calls))
        assert served == [SERVED] * len(calls)
        opened = len(proxy.pipes)
        await proxy.forget()

        answers = [await call.attempt(PATIENCE_S) for visit in after for call in visit.calls()]
        assert opened >= 2
        assert len(answers) - answers.count(SERVED) <= 1, answers
