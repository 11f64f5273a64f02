"""What `/readyz` and the log of the bridge say of an auth service, by the last call of it."""

from typing import Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from elements_bridge.keyring import KeyringFile
from tests.support.clients.bridge_client import settings_for
from tests.support.clients.bridge_sign_in import PHONE
from tests.support.clients.internal_client import RunningBridge, running_both_listeners
from tests.support.time_machine import MovableClock

LINE: Final = "auth_service_unavailable"


class AuthService:
    """Answers each call as the test says."""

    def __init__(self, status: int, code: str) -> None:
        """Begin with a refusal; without a code it is another program's page."""
        self.status, self.code = status, code

    async def answer(self, _request: web.Request) -> web.Response:
        """Answer a call of any path."""
        if not self.code:
            return web.Response(status=self.status, text="Not Found")
        return web.json_response({"error": {"code": self.code}}, status=self.status)


async def ask(running: RunningBridge) -> tuple[int, str]:
    """Have a code asked for; return the status of `/readyz` and its word for the auth service."""
    guest = await running.public.init()
    await running.public.post("request-otp", PHONE, token=guest["access_token"])
    ready = await running.http.get("/readyz")
    return ready.status, (await ready.json())["auth_service"]


@pytest.mark.parametrize(
    ("status", "code", "word", "told"),
    [
        (404, "", "no_answer", ["auth service: status 404, not JSON"]),
        (404, "NOT_FOUND", "no_answer", ["auth service: status 404"]),
        (503, "STORE_UNAVAILABLE", "no_answer", ["STORE_UNAVAILABLE"]),
        (401, "UNAUTHENTICATED", "credential_refused", []),
        (401, "", "credential_refused", []),
        (429, "RATE_LIMITED", "ok", []),
    ],
)
async def test_readiness_says_how_the_last_call_ended_and_stays_ready(
    redis_url: str,
    keyring: KeyringFile,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
    status: int,
    code: str,
    word: str,
    told: list[str],
) -> None:
    """Sessions refresh without it; the log says why codes are refused, once in ten seconds."""
    there = AuthService(status, code)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", there.answer)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        settings = settings_for(redis_url, keyring, auth_service_url=url)
        async with running_both_listeners(settings, clock) as running:
            assert [await ask(running), await ask(running)] == [(200, word)] * 2
            there.status, there.code = 400, "VALIDATION_ERROR"
            assert await ask(running) == (200, "ok")
    lines = [record for record in caplog.records if record.msg == LINE]
    assert [vars(line)["detail"] for line in lines] == told


async def test_readiness_says_of_an_auth_service_that_is_gone_that_it_gave_no_answer(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(redis_url, keyring, auth_service_url="http://127.0.0.1:9")
    async with running_both_listeners(settings, clock) as running:
        assert await ask(running) == (200, "no_answer")
    [line] = [record for record in caplog.records if record.msg == LINE]
    assert vars(line)["detail"] == "ClientConnectorError"
