"""`GET /metrics`: refreshes by outcome, refusals by code, security events; no secret, no id."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from elements_bridge.keyring import KeyringFile
from tests.support.clients.bridge_client import (
    BUSINESS,
    BridgeClient,
    granted,
    new_key,
    refusal,
    settings_for,
)
from tests.support.clients.internal_client import running_both_listeners
from tests.support.time_machine import MovableClock


@dataclass
class Watched:
    """A bridge and its figures."""

    bridge: BridgeClient
    internal: BridgeClient

    async def figure(self, name: str) -> float:
        """Return one line's value, 0 where it does not stand."""
        response = await self.internal.http.get("/metrics")
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = dict(line.rsplit(" ", 1) for line in (await response.text()).splitlines())
        return float(lines.get(name, 0))


@pytest.fixture
async def watched(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[Watched]:
    """A bridge with both listeners."""
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        yield Watched(both_listeners.public, BridgeClient(both_listeners.http))


async def test_refreshes_are_counted_by_outcome(watched: Watched) -> None:
    first, key = await watched.bridge.init(), new_key()
    for _ in range(3):
        await granted(await watched.bridge.refresh(first["refresh_token"], key))
    await refusal(await watched.bridge.refresh(first["refresh_token"]))

    for outcome, count in (("rotated", 1), ("replayed", 2), ("reused", 1), ("recovered", 0)):
        assert await watched.figure(f'link_refreshes_total{{outcome="{outcome}"}}') == count


async def test_refusals_and_events_are_counted_by_their_names(watched: Watched) -> None:
    body = {"element": "auth", "code_challenge": "a" * 43}
    for origin in ("https://evil.example", "https://also-evil.example"):
        await refusal(
            await watched.bridge.post(f"bootstrap?business_id={BUSINESS}", body, origin=origin)
        )
    await refusal(await watched.bridge.post("nowhere", body))

    assert await watched.figure('link_refusals_total{code="ORIGIN_NOT_ALLOWED"}') == 2
    assert await watched.figure('link_security_events_total{event="origin_refused"}') == 2
    assert await watched.figure('link_refusals_total{code="NOT_FOUND"}') == 1


async def test_calls_over_a_limit_are_counted_by_its_name(watched: Watched) -> None:
    grant = await watched.bridge.init()
    for _ in range(10):
        grant = await granted(await watched.bridge.refresh(grant["refresh_token"]))
    for _ in range(2):
        limited = await watched.bridge.refresh(grant["refresh_token"])
        assert (429, "RATE_LIMITED") == await refusal(limited)

    assert await watched.figure('link_limited_total{limit="rotations"}') == 2
    assert await watched.figure('link_security_events_total{event="rate_limited"}') == 2
    assert await watched.figure("link_limits_kept_locally_total") == 0


async def test_figures_name_nobody_and_no_token(watched: Watched) -> None:
    grant = await watched.bridge.init()
    await watched.bridge.refresh(grant["refresh_token"])
    text = await (await watched.internal.http.get("/metrics")).text()
    for secret in (grant["refresh_token"], grant["session"]["id"], BUSINESS, "127.0.0.1"):
        assert secret not in text
