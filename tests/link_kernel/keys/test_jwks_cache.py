"""Cache of the issuer's keys: when keys are fetched, how long they are used, which calls wait."""

import asyncio
import gc
import logging
import secrets
from collections.abc import AsyncIterator

import pytest

from link_kernel.errors import UpstreamUnavailable
from link_kernel.keys.jwks_cache import (
    COOLDOWN_S,
    PAUSE_S,
    REVALIDATING_S,
    TRUSTED_S,
    FetchedJwks,
    JwksCache,
)
from tests.support.issuer import Issuer, jwks_of, new_keyring
from tests.support.key_files import StoppedClock
from tests.support.waiting import next_turn

OLD, NEW = new_keyring(), new_keyring()
OLD_KID, NEW_KID = OLD.signing_key.kid, NEW.signing_key.kid
FRESH_S = 300


class CachedIssuer:
    """A cache whose issuer publishes the old key, and a clock that the test sets."""

    def __init__(self) -> None:
        self.issuer = Issuer(jwks_of(OLD), FRESH_S)
        self.clock = StoppedClock()
        self.keys = JwksCache(self.issuer, self.clock)

    def forward(self, seconds: float) -> None:
        """Set the clock forward."""
        self.clock.now += int(seconds * 1000)

    async def kids(self, kid: str = OLD_KID) -> set[str]:
        """Look up one `kid` and return all `kid`s of the keys that were returned."""
        return set(await self.keys.keys_for(kid))

    async def settled(self) -> None:
        """Return when no fetch is running: a fetch is the only task beside the test's."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)


@pytest.fixture
async def cached() -> AsyncIterator[CachedIssuer]:
    """A cache that has fetched no keys yet."""
    cached = CachedIssuer()
    async with cached.keys:
        yield cached


async def test_nothing_is_fetched_before_it_is_needed_and_200_calls_at_once_make_one_request(
    cached: CachedIssuer,
) -> None:
    assert cached.issuer.asked == 0
    found = await asyncio.gather(*(cached.keys.keys_for(OLD_KID) for _ in range(200)))
    assert cached.issuer.asked == 1
    assert all(keys is found[0] for keys in found)
    assert found[0] == OLD.public_keys


@pytest.mark.parametrize(
    ("max_age_s", "fresh_s"), [(None, 300), (120, 120), (0, 60), (-5, 60), (999_999_999, 3600)]
)
async def test_a_set_is_fresh_as_long_as_its_answer_says_within_bounds(
    cached: CachedIssuer, max_age_s: int | None, fresh_s: int
) -> None:
    cached.issuer.max_age_s = max_age_s
    await cached.kids()
    cached.forward(fresh_s - 0.001)
    await cached.kids()
    assert cached.issuer.asked == 1
    cached.forward(0.001)
    await cached.kids()
    await cached.settled()
    assert cached.issuer.asked == 2


async def test_while_a_stale_set_is_refreshed_nobody_waits(cached: CachedIssuer) -> None:
    await cached.kids()
    cached.issuer.body = jwks_of(OLD, NEW)
    cached.issuer.answers.clear()
    cached.forward(FRESH_S)
    assert [await cached.kids() for _ in range(200)] == [{OLD_KID}] * 200
    cached.issuer.answers.set()
    await cached.settled()
    assert await cached.kids() == {OLD_KID, NEW_KID}
    assert cached.issuer.asked == 2


async def test_after_a_long_quiet_the_first_call_waits_so_that_no_withdrawn_key_is_believed(
    cached: CachedIssuer,
) -> None:
    await cached.kids()
    cached.issuer.body = jwks_of(NEW)
    cached.forward(FRESH_S + REVALIDATING_S)
    assert await cached.kids() == {NEW_KID}


async def test_an_issuer_that_is_away_logs_nobody_out_for_12_hours(
    cached: CachedIssuer,
) -> None:
    await cached.kids()
    cached.issuer.body = None
    for age_s in (FRESH_S, FRESH_S + REVALIDATING_S, 3600, TRUSTED_S - 1):
        cached.clock.now = StoppedClock().now + age_s * 1000
        assert await cached.kids() == {OLD_KID}
        await cached.settled()
    cached.forward(1)
    with pytest.raises(UpstreamUnavailable):
        await cached.kids()
    cached.issuer.body = jwks_of(NEW)
    cached.forward(PAUSE_S)
    assert await cached.kids(NEW_KID) == {NEW_KID}


async def test_an_issuer_known_to_be_away_delays_nobody(cached: CachedIssuer) -> None:
    await cached.kids()
    cached.issuer.body = None
    cached.forward(3600)
    await cached.kids()
    cached.issuer.answers.clear()
    cached.forward(PAUSE_S)
    assert await cached.kids() == {OLD_KID}
    await next_turn()
    assert cached.issuer.asked == 3


async def test_a_new_key_is_fetched_when_the_first_token_names_it(cached: CachedIssuer) -> None:
    await cached.kids()
    cached.issuer.body = jwks_of(OLD, NEW)
    cached.forward(COOLDOWN_S)
    found = await asyncio.gather(*(cached.kids(NEW_KID) for _ in range(200)))
    assert found == [{OLD_KID, NEW_KID}] * 200
    assert cached.issuer.asked == 2


async def test_attack_43_unknown_kids_make_one_fetch_per_cooldown_however_many_they_are(
    cached: CachedIssuer,
) -> None:
    for _ in range(10_000):
        assert await cached.kids(secrets.token_urlsafe(16)) == {OLD_KID}
    assert cached.issuer.asked == 1
    cached.forward(COOLDOWN_S - 0.001)
    await cached.kids("forged")
    assert cached.issuer.asked == 1
    cached.forward(0.001)
    for _ in range(10):
        await asyncio.gather(*(cached.kids(secrets.token_urlsafe(16)) for _ in range(100)))
    assert cached.issuer.asked == 2


async def test_attack_43_while_the_issuer_is_away_unknown_kids_ask_it_once_per_pause(
    cached: CachedIssuer,
) -> None:
    """The answer is no 401 then, since one of the `kid`s may be that of a new key."""
    await cached.kids()
    cached.issuer.body = None
    cached.forward(COOLDOWN_S)
    for asked in (2, 3):
        for _ in range(100):
            with pytest.raises(UpstreamUnavailable) as refused:
                await cached.kids(secrets.token_urlsafe(16))
            assert refused.value.retry_after_s == PAUSE_S
            assert await cached.kids() == {OLD_KID}
        assert cached.issuer.asked == asked
        cached.forward(PAUSE_S)


async def test_without_any_key_and_without_the_issuer_it_is_an_upstream_that_does_not_answer(
    cached: CachedIssuer,
) -> None:
    cached.issuer.body = None
    answers = await asyncio.gather(*(cached.kids() for _ in range(200)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {UpstreamUnavailable}
    assert cached.issuer.asked == 1
    cached.issuer.body = jwks_of(OLD)
    with pytest.raises(UpstreamUnavailable):
        await cached.kids()
    cached.forward(PAUSE_S)
    assert await cached.kids() == {OLD_KID}
    assert cached.issuer.asked == 2


async def test_who_gives_up_waiting_takes_the_fetch_from_nobody(cached: CachedIssuer) -> None:
    cached.issuer.answers.clear()
    first, second = (asyncio.create_task(cached.kids()) for _ in range(2))
    await next_turn()
    first.cancel()
    await asyncio.wait({first})
    assert first.cancelled()
    cached.issuer.answers.set()
    assert await second == {OLD_KID}
    assert cached.issuer.asked == 1


async def test_the_same_keys_are_the_same_mapping_and_other_keys_are_another(
    cached: CachedIssuer,
) -> None:
    cached.issuer.body = jwks_of(OLD, NEW)
    first = await cached.keys.keys_for(OLD_KID)
    for body, is_same in ((jwks_of(NEW, OLD), True), (jwks_of(OLD), False)):
        cached.issuer.body = body
        cached.forward(FRESH_S + REVALIDATING_S)
        assert (await cached.keys.keys_for(OLD_KID) is first) == is_same


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"keys": []}', b'{"keys": [{"kty": "RSA"}]}'])
async def test_a_set_without_a_usable_key_is_a_failed_fetch(
    cached: CachedIssuer, body: bytes
) -> None:
    await cached.kids()
    cached.issuer.body = body
    cached.forward(3600)
    assert await cached.kids() == {OLD_KID}
    with pytest.raises(UpstreamUnavailable):
        await cached.kids(NEW_KID)


async def test_a_fault_of_the_source_is_a_failed_fetch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty:
        async def fetch(self) -> FetchedJwks:
            raise ZeroDivisionError("hunter2")

    async with JwksCache(Faulty(), StoppedClock(), setting="ISSUER_URL") as keys:
        with pytest.raises(UpstreamUnavailable):
            await keys.keys_for(OLD_KID)
    (line,) = caplog.records
    assert (line.msg, line.__dict__["reason"]) == ("remote_keys_not_fetched", "ZeroDivisionError")
    assert line.__dict__["setting"] == "ISSUER_URL"


async def test_closing_ends_the_fetch_and_those_who_wait_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cached = CachedIssuer()
    cached.issuer.answers.clear()
    async with cached.keys:
        waiting = asyncio.create_task(cached.kids())
        await next_turn()
    with pytest.raises(UpstreamUnavailable):
        await waiting
    cached.forward(3600)
    with pytest.raises(UpstreamUnavailable):
        await cached.kids()
    assert cached.issuer.asked <= 1
    del waiting, cached
    with caplog.at_level(logging.DEBUG):
        gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
