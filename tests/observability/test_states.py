"""A state is told when it changes, and not by each call that meets it."""

import json
from collections import Counter

from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from tests.support.clients.bridge_client import BUSINESS, refusal, settings_for
from tests.support.clients.internal_client import running_both_listeners
from tests.support.logged import logged_text
from tests.support.time_machine import MovableClock

OF_CALLS = {"request", "refused", "security_event"}
EVIL = {"element": "auth", "code_challenge": "a" * 43}


async def test_beside_a_dead_redis_only_calls_have_lines_of_their_own(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_both_listeners(settings_for(own_redis.url, keyring), clock) as running:
        grant = await running.public.init()
        await own_redis.kill()
        with logged_text() as text:
            for _ in range(10):
                refreshed = await running.public.refresh(grant["refresh_token"])
                assert (503, "STORE_UNAVAILABLE") == await refusal(refreshed)
                path = f"bootstrap?business_id={BUSINESS}"
                await running.public.post(path, EVIL, origin="https://evil.example")
                assert (await running.http.get("/readyz")).status == 503
    lines = [json.loads(line) for line in text.getvalue().splitlines()]
    causes = [line["detail"] for line in lines if line.get("code") == "STORE_UNAVAILABLE"]
    assert len(causes) == 10
    assert all(cause.startswith("ConnectionError") for cause in causes)
    states = Counter(
        (line["message"], line.get("detail"))
        for line in lines
        if line["message"] not in OF_CALLS and line["level"] != "debug"
    )
    assert set(states.values()) <= {1}, states
