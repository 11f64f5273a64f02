"""No token, code or contact stands in Redis, in the logs or in a refusal."""

import io
import json
import re
from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    granted,
    new_key,
)
from tests.support.clients.bridge_sign_in import PHONE, ask
from tests.support.clients.link_client import BRIDGE_TOKEN, Outbox
from tests.support.link_login import log_in
from tests.support.logged import logged_text
from tests.support.redis_content import everything_in


@pytest.fixture
def log_text() -> Iterator[io.StringIO]:
    """Everything both services log, at the lowest level, as production writes it."""
    with logged_text() as text:
        yield text


async def use_everything(bridge: BridgeClient, outbox: Outbox, redis: Redis) -> list[str]:
    """Make every call, right and wrong; return every secret that came by."""
    login, verifier, keys = await log_in(redis), Verifier.new(), [new_key() for _ in range(4)]
    body = await bridge.init_body()
    guest = await granted(await bridge.post("init", body, key=keys[0]))
    handed_over = await bridge.init(token=login.token)
    await ask(bridge, guest)
    verify = {**PHONE, "otp_code": outbox.code}
    signed_in = await granted(
        await bridge.post("verify-otp", verify, token=guest["access_token"], key=keys[1])
    )
    await granted(await bridge.refresh(signed_in["refresh_token"], keys[2]))
    await bridge.refresh(signed_in["refresh_token"])
    await bridge.post("init", {**body, "code_verifier": verifier.text}, key=keys[3])
    await bridge.post(
        f"bootstrap?business_id={BUSINESS}",
        {"element": "auth", "code_challenge": verifier.challenge},
        origin=SHOP,
        token=login.token + "x",
    )
    await bridge.post("logout", {"scope": "customer"}, token=handed_over["access_token"])
    tokens = [grant[name] for grant in (guest, handed_over, signed_in) for name in TOKENS]
    return [
        *tokens,
        *keys,
        login.token,
        body["bootstrap_token"],
        body["code_verifier"],
        BRIDGE_TOKEN,
        outbox.code,
        PHONE["contact"],
        PHONE["contact"][1:],
    ]


TOKENS = ("access_token", "refresh_token")


async def test_nothing_secret_is_stored_or_logged(
    signing_bridge: BridgeClient, outbox: Outbox, redis: Redis, log_text: io.StringIO
) -> None:
    secrets = await use_everything(signing_bridge, outbox, redis)

    stored, logged = await everything_in(redis), log_text.getvalue()

    lines: list[Json] = [json.loads(line) for line in logged.splitlines()]
    assert {"request", "refused"} <= {line.get("message", line.get("event")) for line in lines}
    for secret in secrets:
        # A code of six digits may stand by chance inside a longer number; alone it may not.
        alone = re.compile(rf"(?<!\d){re.escape(secret)}(?!\d)")
        assert not alone.search(logged)
        assert not alone.search(stored)


async def test_a_refusal_repeats_nothing_it_was_sent(signing_bridge: BridgeClient) -> None:
    guest = await signing_bridge.init()
    sent = {"contact": "ama.secret@shop.example", "contact_type": "email", "otp_code": "918273"}
    answer = await signing_bridge.post(
        "verify-otp", sent, token=guest["access_token"], key=new_key()
    )
    text = await answer.text()
    assert answer.status == 422
    for secret in ("ama.secret", "918273", guest["access_token"]):
        assert secret not in text
