"""The issuer's keys at a resource server: when it is asked, what holds meanwhile, who waits."""

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

OLD, NEW = new_keyring(), new_keyring()
OLD_KID, NEW_KID = OLD.signing_key.kid, NEW.signing_key.kid
FRESH_S = 300


class Holding:
    """Keys of an issuer that publishes the old key, and a clock that moves by hand."""

    def __init__(self) -> None:
        self.issuer = Issuer(jwks_of(OLD), FRESH_S)
        self.clock = StoppedClock()
        self.keys = JwksCache(self.issuer, self.clock)

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.now += int(seconds * 1000)

    async def kids(self, kid: str = OLD_KID) -> set[str]:
        """Ask for one kid and return all that are known then."""
        return set(await self.keys.keys_for(kid))

    async def settled(self) -> None:
        """Return when no fetch is under way: it alone runs beside the test."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)


@pytest.fixture
async def holding() -> AsyncIterator[Holding]:
    """Keys that nobody has asked for yet."""
    holding = Holding()
    async with holding.keys:
        yield holding


async def test_nothing_is_fetched_before_it_is_needed_and_200_calls_at_once_make_one_request(
    holding: Holding,
) -> None:
    assert holding.issuer.asked == 0
    found = await asyncio.gather(*(holding.keys.keys_for(OLD_KID) for _ in range(200)))
    assert holding.issuer.asked == 1
    assert all(keys is found[0] for keys in found)
    assert found[0] == OLD.public_keys


@pytest.mark.parametrize(
    ("max_age_s", "fresh_s"), [(None, 300), (120, 120), (0, 60), (-5, 60), (999_999_999, 3600)]
)
async def test_a_set_is_fresh_as_long_as_its_answer_says_within_bounds(
    holding: Holding, max_age_s: int | None, fresh_s: int
) -> None:
    holding.issuer.max_age_s = max_age_s
    await holding.kids()
    holding.forward(fresh_s - 0.001)
    await holding.kids()
    assert holding.issuer.asked == 1
    holding.forward(0.001)
    await holding.kids()
    await holding.settled()
    assert holding.issuer.asked == 2


async def test_while_a_stale_set_is_refreshed_nobody_waits(holding: Holding) -> None:
    await holding.kids()
    holding.issuer.body = jwks_of(OLD, NEW)
    holding.issuer.answers.clear()
    holding.forward(FRESH_S)
    assert [await holding.kids() for _ in range(200)] == [{OLD_KID}] * 200
    holding.issuer.answers.set()
    await holding.settled()
    assert await holding.kids() == {OLD_KID, NEW_KID}
    assert holding.issuer.asked == 2


async def test_after_a_long_quiet_the_first_call_waits_so_that_no_withdrawn_key_is_believed(
    holding: Holding,
) -> None:
    await holding.kids()
    holding.issuer.body = jwks_of(NEW)
    holding.forward(FRESH_S + REVALIDATING_S)
    assert await holding.kids() == {NEW_KID}


async def test_an_issuer_that_is_away_logs_nobody_out_for_12_hours(holding: Holding) -> None:
    await holding.kids()
    holding.issuer.body = None
    for age_s in (FRESH_S, FRESH_S + REVALIDATING_S, 3600, TRUSTED_S - 1):
        holding.clock.now = StoppedClock().now + age_s * 1000
        assert await holding.kids() == {OLD_KID}
        await holding.settled()
    holding.forward(1)
    with pytest.raises(UpstreamUnavailable):
        await holding.kids()
    holding.issuer.body = jwks_of(NEW)
    holding.forward(PAUSE_S)
    assert await holding.kids(NEW_KID) == {NEW_KID}


async def test_an_issuer_known_to_be_away_delays_nobody(holding: Holding) -> None:
    await holding.kids()
    holding.issuer.body = None
    holding.forward(3600)
    await holding.kids()
    holding.issuer.answers.clear()
    holding.forward(PAUSE_S)
    assert await holding.kids() == {OLD_KID}
    await asyncio.sleep(0)
    assert holding.issuer.asked == 3


async def test_a_new_key_is_fetched_when_the_first_token_names_it(holding: Holding) -> None:
    await holding.kids()
    holding.issuer.body = jwks_of(OLD, NEW)
    holding.forward(COOLDOWN_S)
    found = await asyncio.gather(*(holding.kids(NEW_KID) for _ in range(200)))
    assert found == [{OLD_KID, NEW_KID}] * 200
    assert holding.issuer.asked == 2


async def test_attack_43_unknown_kids_make_one_fetch_per_cooldown_however_many_they_are(
    holding: Holding,
) -> None:
    for _ in range(10_000):
        assert await holding.kids(secrets.token_urlsafe(16)) == {OLD_KID}
    assert holding.issuer.asked == 1
    holding.forward(COOLDOWN_S - 0.001)
    await holding.kids("forged")
    assert holding.issuer.asked == 1
    holding.forward(0.001)
    for _ in range(10):
        await asyncio.gather(*(holding.kids(secrets.token_urlsafe(16)) for _ in range(100)))
    assert holding.issuer.asked == 2


async def test_attack_43_while_the_issuer_is_away_unknown_kids_ask_it_once_per_pause(
    holding: Holding,
) -> None:
    """They are no 401 then: one of them may be a new key's."""
    await holding.kids()
    holding.issuer.body = None
    holding.forward(COOLDOWN_S)
    for asked in (2, 3):
        for _ in range(100):
            with pytest.raises(UpstreamUnavailable) as refused:
                await holding.kids(secrets.token_urlsafe(16))
            assert refused.value.retry_after_s == PAUSE_S
            assert await holding.kids() == {OLD_KID}
        assert holding.issuer.asked == asked
        holding.forward(PAUSE_S)


async def test_without_any_key_and_without_the_issuer_it_is_an_upstream_that_does_not_answer(
    holding: Holding,
) -> None:
    holding.issuer.body = None
    answers = await asyncio.gather(*(holding.kids() for _ in range(200)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {UpstreamUnavailable}
    assert holding.issuer.asked == 1
    holding.issuer.body = jwks_of(OLD)
    with pytest.raises(UpstreamUnavailable):
        await holding.kids()
    holding.forward(PAUSE_S)
    assert await holding.kids() == {OLD_KID}
    assert holding.issuer.asked == 2


async def test_who_gives_up_waiting_takes_the_fetch_from_nobody(holding: Holding) -> None:
    holding.issuer.answers.clear()
    first, second = (asyncio.create_task(holding.kids()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert first.cancelled()
    holding.issuer.answers.set()
    assert await second == {OLD_KID}
    assert holding.issuer.asked == 1


async def test_the_same_keys_are_the_same_mapping_and_other_keys_are_another(
    holding: Holding,
) -> None:
    holding.issuer.body = jwks_of(OLD, NEW)
    first = await holding.keys.keys_for(OLD_KID)
    for body, is_same in ((jwks_of(NEW, OLD), True), (jwks_of(OLD), False)):
        holding.issuer.body = body
        holding.forward(FRESH_S + REVALIDATING_S)
        assert (await holding.keys.keys_for(OLD_KID) is first) == is_same


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"keys": []}', b'{"keys": [{"kty": "RSA"}]}'])
async def test_a_set_without_a_usable_key_is_a_failed_fetch(holding: Holding, body: bytes) -> None:
    await holding.kids()
    holding.issuer.body = body
    holding.forward(3600)
    assert await holding.kids() == {OLD_KID}
    with pytest.raises(UpstreamUnavailable):
        await holding.kids(NEW_KID)


async def test_a_fault_of_the_source_is_a_failed_fetch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty:
        async def fetch(self) -> FetchedJwks:
            raise ZeroDivisionError("hunter2")

    async with JwksCache(Faulty(), StoppedClock()) as keys:
        with pytest.raises(UpstreamUnavailable):
            await keys.keys_for(OLD_KID)
    (line,) = caplog.records
    assert (line.msg, line.__dict__["reason"]) == ("remote_keys_not_fetched", "ZeroDivisionError")


async def test_closing_ends_the_fetch_and_those_who_wait_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    holding = Holding()
    holding.issuer.answers.clear()
    async with holding.keys:
        waiting = asyncio.create_task(holding.kids())
        await asyncio.sleep(0)
    with pytest.raises(UpstreamUnavailable):
        await waiting
    holding.forward(3600)
    with pytest.raises(UpstreamUnavailable):
        await holding.kids()
    assert holding.issuer.asked <= 1
    del waiting, holding
    with caplog.at_level(logging.DEBUG):
        gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
