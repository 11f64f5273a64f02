"""`GET /metrics`: refreshes by outcome, refusals by code, security events; no secret, no id."""

import platform
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import version

import pytest

from elements_bridge.app import open_bridge
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.free_port import free_port
from tests.support.clients.bridge_client import (
    BUSINESS,
    LINK,
    SHOP,
    BridgeClient,
    granted,
    new_key,
    refusal,
    settings_for,
)
from tests.support.clients.internal_client import running_both_listeners, serving_both_listeners
from tests.support.figures import figure
from tests.support.time_machine import MovableClock, TimeMachine

BODY = {"element": "auth", "code_challenge": "a" * 43}


@dataclass
class Watched:
    """A bridge and its figures."""

    bridge: BridgeClient
    internal: BridgeClient

    async def figure(self, name: str) -> float:
        """Return one series' value, 0 where there is none."""
        return await figure(self.internal.http, name)


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


async def test_of_a_spent_token_the_time_since_the_rotation_is_counted(
    watched: Watched, time_machine: TimeMachine
) -> None:
    first, key = await watched.bridge.init(), new_key()
    await granted(await watched.bridge.refresh(first["refresh_token"], key))
    await time_machine.forward(40_000)
    await granted(await watched.bridge.refresh(first["refresh_token"], key))
    for _ in range(2):
        await refusal(await watched.bridge.refresh(first["refresh_token"]))

    for outcome, count in (("replayed", 1), ("reused", 1), ("rotated", 0)):
        name = f'link_spent_token_seconds_{{}}{{{{outcome="{outcome}"{{}}}}}}'
        assert await watched.figure(name.format("count", "")) == count, outcome
        assert await watched.figure(name.format("bucket", ',le="30.0"')) == 0
        assert await watched.figure(name.format("bucket", ',le="60.0"')) == count


async def test_refusals_and_events_are_counted_by_their_names(watched: Watched) -> None:
    for origin in ("https://evil.example", "https://also-evil.example"):
        await refusal(
            await watched.bridge.post(f"bootstrap?business_id={BUSINESS}", BODY, origin=origin)
        )
    await refusal(await watched.bridge.post("nowhere", BODY))

    assert await watched.figure('link_refusals_total{code="ORIGIN_NOT_ALLOWED"}') == 2
    assert await watched.figure('link_security_events_total{event="origin_refused"}') == 2
    assert await watched.figure('link_refusals_total{code="NOT_FOUND"}') == 1


async def test_a_frame_s_handshake_is_timed_by_what_the_frame_says(watched: Watched) -> None:
    name = 'link_frame_handshake_seconds_{}{{element="auth"}}'
    for said in ("1250.5", "60001", "-5", "1e3", "٣", "999999999", "x" * 4_000, ""):
        body = await watched.bridge.init_body(element="auth")
        headers = {"Open-Ms": said}
        await granted(await watched.bridge.post("init", body, key=new_key(), headers=headers))

    assert await watched.figure(name.format("count")) == 1
    assert await watched.figure(name.format("sum")) == 1.2505


async def test_a_frame_tells_of_a_handshake_that_failed_without_an_answer(watched: Watched) -> None:
    """Only a page of ours may; what its code is stays in a closed set."""
    for code in ("timeout", "network", "timeout", "rate_limited"):
        assert (await watched.bridge.post("failures", {"code": code})).status == 200
    for body in ({"code": "Time out"}, {"code": ""}, {"code": 5}, {}):
        assert (await refusal(await watched.bridge.post("failures", body)))[0] == 400
    foreign = await watched.bridge.post("failures", {"code": "timeout"}, origin=SHOP)
    assert await refusal(foreign) == (403, "ORIGIN_NOT_ALLOWED")

    name = 'link_frame_failures_total{{failure="{}"}}'
    for failure, times in (("timeout", 2), ("network", 1), ("other", 1)):
        assert await watched.figure(name.format(failure)) == times


async def test_refused_origins_are_counted_by_reason(watched: Watched) -> None:
    origins = (
        None,
        "null",
        "capacitor://app",
        "https://Evil.example",
        "https://evil.example",
        LINK,
    )
    for origin in origins:
        await watched.bridge.post(f"bootstrap?business_id={BUSINESS}", BODY, origin=origin)
    await refusal(await watched.bridge.post("refresh", {}, origin=SHOP))
    parent = f"business_id={BUSINESS}&parent_origin=https%3A%2F%2Fevil.example&v=1"
    assert (await watched.bridge.http.get(f"/elements/auth?{parent}")).status == 200
    headers = {"Sec-Fetch-Site": "cross-site"}
    await refusal(await watched.bridge.post("refresh", {}, headers=headers))

    for reason, count in (
        *(("missing", 1), ("null", 1), ("scheme", 1), ("malformed", 1), ("fetch_site", 1)),
        *(("not_listed", 2), ("not_ours", 1)),
    ):
        name = f'link_refused_origins_total{{reason="{reason}"}}'
        assert await watched.figure(name) == count, reason


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


async def test_requests_are_timed_by_route_method_and_outcome(watched: Watched) -> None:
    await watched.bridge.init()
    for method in ("POST", "BREW", "STEEP"):
        await watched.bridge.http.request(method, f"/v1/link/elements/{method}")

    for labels, count in (
        ('route="/v1/link/elements/init",method="POST",outcome="ok"', 1),
        ('route="unknown",method="POST",outcome="refused"', 1),
        ('route="unknown",method="other",outcome="refused"', 2),
    ):
        assert await watched.figure(f"link_request_seconds_count{{{labels}}}") == count
        assert await watched.figure(f"link_request_seconds_sum{{{labels}}}") > 0


async def test_round_trips_to_redis_are_timed_those_that_fail_too(
    watched: Watched, keyring: KeyringFile, clock: MovableClock
) -> None:
    await watched.bridge.init()
    assert await watched.figure('link_redis_seconds_count{outcome="ok"}') > 0
    assert await watched.figure('link_redis_seconds_count{outcome="error"}') == 0

    settings = settings_for(f"redis://127.0.0.1:{free_port()}", keyring)
    async with (
        open_bridge(settings, clock=clock) as bridge,
        serving_both_listeners(bridge) as without_redis,
    ):
        code = await without_redis.public.refresh("elr_made_up")
        assert await refusal(code) == (401, "REFRESH_TOKEN_INVALID")
        await refusal(await without_redis.public.post(f"bootstrap?business_id={BUSINESS}", BODY))
        failed = await figure(without_redis.http, 'link_redis_seconds_count{outcome="error"}')
    assert failed > 0


async def test_the_versions_of_service_and_python_are_told(watched: Watched) -> None:
    own, python = version("cimplify-link-elements"), platform.python_version()
    assert await watched.figure(f'link_build_info{{python="{python}",version="{own}"}}') == 1
