"""Malformed requests that a gateway forwards to the internal listener get neither 500 nor 200.

Written to a socket, since no HTTP client sends a header twice or bytes that are no text.
"""

import asyncio

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from tests.elements_bridge.http.test_internal_api import INACTIVE, introspected
from tests.support.clients.bridge_client import Json, refusal, settings_for
from tests.support.clients.internal_client import (
    INTERNAL_TOKEN,
    RESOURCE,
    RunningBridge,
    running_both_listeners,
    signed_in,
)
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin
from tests.support.time_machine import MovableClock

_SERVICE = {"Authorization": f"Bearer {INTERNAL_TOKEN}"}
_REFUSED = 'security_events_total{event="internal_credential_refused"}'


class Asked:
    """A call to `/authorize` that would be allowed, byte by byte, and what is added to it."""

    def __init__(self, both_listeners: RunningBridge, grant: Json, key: FrameKey) -> None:
        token = grant["access_token"]
        self._server = both_listeners.http.server
        self._lines = [
            *(b"GET /authorize HTTP/1.1", b"Host: localhost", b"Connection: close"),
            *(b"X-Forwarded-Method: DELETE", b"X-Forwarded-Uri: /v1/link/addresses"),
            b"Authorization: DPoP " + token.encode(),
            b"DPoP: " + key.proof(RESOURCE, method="DELETE", token=token).encode(),
        ]

    async def with_line(self, *lines: bytes) -> int:
        """Return the status of the answer."""
        reader, writer = await asyncio.open_connection(self._server.host, self._server.port)
        writer.write(b"\r\n".join([*self._lines, *lines, b"", b""]))
        status = (await reader.readline()).split(b" ")[1]
        writer.close()
        return int(status)


@pytest.fixture
async def asked(both_listeners: RunningBridge, login: LinkLogin) -> Asked:
    """A customer's call, ready to be sent."""
    key = FrameKey()
    return Asked(both_listeners, await signed_in(both_listeners, login, key=key), key)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"X-Forwarded-Method: DELETE", 403),
        (b"X-Forwarded-Uri: /v1/link/addresses", 403),
        (b"x-forwarded-uri: /v1/link/mobile-money", 403),
        (b"Authorization: Bearer x", 401),
        (b"Authorization: \xff", 401),
        (b"DPoP: x.y.z", 401),
        (b"DPoP: \xff", 401),
        (b"Idempotency-Key: \xff", 200),
        (b"Idempotency-Key: short", 200),
        (b"Idempotency-Key: " + b"k" * 5000, 200),
        (b"X-Request-Id: \xff", 200),
        (b"X-Link-Customer-Id: cus_0123456789abcdefghijkl", 200),
    ],
)
async def test_attack_50_a_second_header_is_no_choice_and_no_header_breaks_the_answer(
    asked: Asked, line: bytes, status: int
) -> None:
    assert await asked.with_line(line) == status


async def test_attack_45_a_key_of_another_shape_names_no_request(asked: Asked) -> None:
    line = b"Idempotency-Key: short"
    assert [await asked.with_line(line) for _ in range(2)] == [200, 401]


async def test_attack_51_a_login_that_ended_without_a_word_is_inactive(
    both_listeners: RunningBridge, login: LinkLogin, redis: Redis
) -> None:
    token = (await signed_in(both_listeners, login))["access_token"]
    assert (await introspected(both_listeners, token))["active"] is True

    await redis.delete(login.key)

    assert both_listeners.bridge.feed.is_fresh
    assert await introspected(both_listeners, token) == INACTIVE


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-7", b"token=+2AA-"),
        ("unicode_escape", b"token=\\ud800"),
        ("utf-8", b"token=%ed%a0%80"),
        ("utf-8", "token=é".encode()),
    ],
)
async def test_attack_51_a_token_that_is_no_ascii_is_inactive(
    both_listeners: RunningBridge, charset: str, body: bytes
) -> None:
    form = f"application/x-www-form-urlencoded; charset={charset}"
    headers = {**_SERVICE, "Content-Type": form}
    answer = await both_listeners.http.post("/introspect", data=body, headers=headers)
    assert (answer.status, await answer.json()) == (200, INACTIVE)


@pytest.mark.parametrize("credential", ["Basic eA==", "DPoP x", f"Bearer {INTERNAL_TOKEN}x", ""])
async def test_attack_51_every_refused_credential_is_a_security_event(
    both_listeners: RunningBridge, credential: str
) -> None:
    answer = await both_listeners.introspect("x", Authorization=credential)
    assert (401, "UNAUTHENTICATED") == await refusal(answer)
    assert f"{_REFUSED} 1.0" in both_listeners.bridge.metrics.text().decode()


async def test_without_an_internal_token_the_refusal_names_the_setting(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        answer = await both_listeners.introspect("x")
        details = (await answer.json())["error"]["details"]
    assert (answer.status, details) == (401, {"missing_setting": "ELEMENTS_INTERNAL_TOKEN"})
