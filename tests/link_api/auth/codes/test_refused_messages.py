"""A message that a later bound refuses gives no tries: nobody is sent its code."""

import pytest
from redis.asyncio import Redis

from link_api.auth.codes import redis_keys
from link_api.auth.codes.records import (
    CodeBounds,
    CodeCaller,
    CodePlace,
    CodeSeed,
    CountedAt,
    EnteredCode,
    EnterOutcome,
    Full,
)
from link_api.auth.codes.storage import RedisCodes
from link_api.auth.codes.unproved import RedisUnproved, Unproved
from link_api.auth.records import CodeAsker
from link_kernel.errors import OtpExpired, RateLimited
from link_kernel.ids import new_id
from link_kernel.limits.limit import Limit
from tests.link_api.auth.codes.test_attackers import ATTACKERS, CONTACT, HOME, SHOPS, a_field
from tests.support.clients.link_client import new_key

PLACE = CodePlace("contact", "")
ASKER = CodeCaller("asker", "network", "site")
OTHER = CodeCaller("other", "network", "site")
HERE = CountedAt("network", "site")


async def test_while_a_bound_is_asked_nobody_can_try_the_code(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a network that is refused again and again guesses 300 times at whomever it likes."""
    here, asker = a_field(redis), CodeAsker(SHOPS[0], new_id("els"))
    tried = []

    async def refuse(_counts: RedisUnproved, _asking: Unproved, how: str) -> Full | None:
        if how == "look":
            return None  # it is full only by then
        for by in (asker, CodeAsker(SHOPS[0], new_id("els"))):
            with pytest.raises(OtpExpired):
                await here.service.spend(
                    CONTACT, by, "000000", caller=ATTACKERS[0], key_hash=new_key()
                )
            tried.append(by)
        return Full(Limit("otp_contacts", 200, 3600), 1000)

    with monkeypatch.context() as refusing:
        refusing.setattr(RedisUnproved, "_admit_contact", refuse)
        for _ in range(3):
            with pytest.raises(RateLimited):
                await here.ask(asker, ATTACKERS[0])
    assert len(tried) == 6

    code = await here.ask(asker, HOME)
    await here.service.spend(CONTACT, asker, code, caller=HOME, key_hash=new_key())


async def test_tries_given_twice_are_given_once(redis: Redis) -> None:
    """The driver resends a command whose reply was lost."""
    codes = RedisCodes(redis, CodeBounds())
    asked = await codes.ask(PLACE, ASKER, call="first", new=CodeSeed("nonce", 1), held=[1])
    assert not isinstance(asked, Full)

    async def wrong_tries(caller: CodeCaller) -> int:
        for tries in range(100):
            entered = EnteredCode(new_key(), new_key(), None, (asked.seed,))
            entry = await codes.enter(PLACE, caller, entered)
            if entry.outcome is not EnterOutcome.INVALID:
                return tries
        return 100

    assert await wrong_tries(ASKER) == await wrong_tries(OTHER) == 0
    for _ in range(2):
        await codes.give_tries(PLACE, call="first", counted_at=HERE)
    assert await wrong_tries(ASKER) == 5
    assert await wrong_tries(OTHER) == 3
    await codes.give_tries(PLACE, call="first", counted_at=HERE)
    await codes.give_tries(PLACE, call="unknown", counted_at=HERE)
    assert await wrong_tries(ASKER) == await wrong_tries(OTHER) == 0
    assert 0 < await redis.pttl(redis_keys.codes("contact", "")) <= 600_000
