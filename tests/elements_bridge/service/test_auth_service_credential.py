"""How the bridge shows the auth service that it is the bridge, and what it says of the asker."""

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr, ValidationError

from elements_bridge.http.auth_service_client import HttpAuthService, open_auth_client
from elements_bridge.keyring import KeyringFile
from elements_bridge.service.auth_service import AuthServiceState
from elements_bridge.serving.serve import log_refused_token
from elements_bridge.settings import Settings
from link_api.auth.records import CodeBinding
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    granted,
    new_key,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.clients.bridge_sign_in import PHONE, ask
from tests.support.clients.internal_client import running_both_listeners
from tests.support.clients.link_client import BRIDGE_TOKEN, Outbox
from tests.support.logged import logged_text
from tests.support.time_machine import MovableClock


@pytest.fixture
def log_text() -> Iterator[io.StringIO]:
    """Everything both services log."""
    with logged_text() as text:
        yield text


class FormerAuthService:
    """The auth service of the release before: a binding is a session, an answer tells nothing."""

    def __init__(self) -> None:
        """Start with no call."""
        self.bindings: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Take the binding as that release did."""
        binding = request.headers["Link-Otp-Binding"]
        self.bindings.append(binding)
        if not binding.startswith("els_"):
            details = {"headers": ["Link-Otp-Binding"]}
            error = {"code": "VALIDATION_ERROR", "message": "", "retryable": False}
            body: Json = {"success": False, "error": error | {"details": details}}
            return web.json_response(body, status=400)
        return web.json_response({"success": True, "message": "OTP sent"})


@asynccontextmanager
async def served(
    answer: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[str]:
    """Serve an auth service that answers thus; give its URL."""
    app = web.Application()
    app.router.add_post("/v1/link/auth/request-otp", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_the_auth_service_hears_shop_and_session(
    signing_bridge: BridgeClient, outbox: Outbox
) -> None:
    await ask(signing_bridge, await signing_bridge.init())

    [(_, sent)] = outbox.sent
    assert sent.binding == CodeBinding(BUSINESS, SHOP)
    assert sent.binding.business_name == "Shop"


async def test_a_token_that_differs_is_502_and_an_event_and_no_code(
    redis_url: str,
    keyring: KeyringFile,
    clock: MovableClock,
    auth_service: TestServer,
    outbox: Outbox,
    log_text: io.StringIO,
) -> None:
    """The customer cannot help it; the operator reads which setting it is."""
    url, token = str(auth_service.make_url("")), "another-one-than-the-link-apis"
    settings = settings_for(redis_url, keyring, auth_service_url=url, auth_service_token=token)
    async with running_bridge(settings, clock) as bridge:
        guest = await bridge.init()
        asked = await bridge.post("request-otp", PHONE, token=guest["access_token"])
        tried = await bridge.post(
            "verify-otp",
            {**PHONE, "otp_code": "123456"},
            token=guest["access_token"],
            key=new_key(),
        )

    for answer in (asked, tried):
        assert await refusal(answer) == (502, "UPSTREAM_UNAVAILABLE")
    assert not outbox.sent
    lines = [json.loads(line) for line in log_text.getvalue().splitlines()]
    assert "internal_credential_refused" in {line.get("event") for line in lines}
    assert token not in log_text.getvalue()
    assert BRIDGE_TOKEN not in log_text.getvalue()


async def test_an_auth_service_of_the_release_before_is_asked_in_its_own_words(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Bridges may be deployed first, and nobody is refused meanwhile."""
    former = FormerAuthService()
    async with served(former.answer) as url:
        settings = settings_for(redis_url, keyring, auth_service_url=url)
        async with running_bridge(settings, clock) as bridge:
            guest = await bridge.init()
            answer = await bridge.post("request-otp", PHONE, token=guest["access_token"])
            told = await granted(answer)

    assert told == {}
    assert former.bindings == [f"{BUSINESS} {SHOP}", guest["session"]["id"]]


async def test_an_auth_service_that_knows_no_languages_is_asked_without_one(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    """It rejects the field before anything is counted or sent; other faults are the customer's."""
    bodies: list[Json] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        bodies.append(body)
        fields = [name for name in body if name not in {"contact", "contact_type"}]
        if not fields:
            return web.json_response({"success": True, "message": "OTP sent"})
        error = {"code": "VALIDATION_ERROR", "message": "", "details": {"fields": fields}}
        return web.json_response({"success": False, "error": error}, status=400)

    async with served(answer) as url:
        settings = settings_for(redis_url, keyring, auth_service_url=url)
        async with running_bridge(settings, clock) as bridge:
            token = (await bridge.init())["access_token"]
            sent = await bridge.post("request-otp", {**PHONE, "locale": "fr-CI"}, token=token)
            abroad = {**PHONE, "locale": "fr", "country": "CI"}
            refused = await bridge.post("request-otp", abroad, token=token)

    assert await granted(sent) == {}
    assert bodies[:2] == [{**PHONE, "locale": "fr-CI"}, PHONE]
    assert await refusal(refused) == (400, "VALIDATION_ERROR")
    assert len(bodies) == 3


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"channels": ["pigeon", "voice", "sms"]}, {"channels": ["voice", "sms"]}),
        ({"channels": ["pigeon"], "expires_in": 600}, {"expires_in": 600}),
        ({"channels": "sms", "expires_in": "600", "ask_again_in": True}, {}),
        ({"channels": [["sms"], {}, None], "ask_again_in": -1}, {}),
    ],
)
async def test_what_another_release_tells_of_a_code_never_fails_it(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, said: Json, told: Json
) -> None:
    """The code is on its way."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"success": True, "message": "OTP sent", **said})

    async with served(answer) as url:
        settings = settings_for(redis_url, keyring, auth_service_url=url)
        async with running_bridge(settings, clock) as bridge:
            guest = await bridge.init()
            sent = await bridge.post("request-otp", PHONE, token=guest["access_token"])

    assert await granted(sent) == told


@pytest.mark.parametrize("token", [None, "", "short"])
def test_a_bridge_without_a_token_does_not_start(keyring: KeyringFile, token: str | None) -> None:
    """It would look well until the first customer asks for a code."""
    given = {
        "redis_url": "redis://127.0.0.1",
        "keyring": keyring.model_dump_json(),
        "auth_service_url": "http://127.0.0.1:8081",
    } | ({} if token is None else {"auth_service_token": token})

    with pytest.raises(ValidationError, match="auth_service_token"):
        Settings.model_validate(given)


async def test_a_bridge_whose_token_is_refused_names_it_and_stays_ready(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, auth_service: TestServer
) -> None:
    """Frames that are signed in go on; the warning goes with the first call that is taken."""
    url, token = str(auth_service.make_url("")), "another-one-than-the-link-apis"
    wrong = settings_for(redis_url, keyring, auth_service_url=url, auth_service_token=token)
    async with running_both_listeners(wrong, clock) as running:
        before = await running.http.get("/readyz")
        guest = await running.public.init()
        await running.public.post("request-otp", PHONE, token=guest["access_token"])
        after = await running.http.get("/readyz")

    assert (await before.json())["auth_service"] == "ok"
    assert (after.status, (await after.json())["auth_service"]) == (200, "credential_refused")


@pytest.mark.parametrize(
    ("token", "state"),
    [
        (BRIDGE_TOKEN, AuthServiceState.OK),
        (f"{BRIDGE_TOKEN}x", AuthServiceState.CREDENTIAL_REFUSED),
    ],
)
async def test_the_credential_is_examined_at_the_start_without_a_code(
    auth_service: TestServer,
    outbox: Outbox,
    log_text: io.StringIO,
    token: str,
    state: AuthServiceState,
) -> None:
    """The log names the setting, and not the token."""
    async with open_auth_client() as http:
        service = HttpAuthService(
            http, str(auth_service.make_url("")).rstrip("/"), SecretStr(token)
        )
        assert await service.examine() is state
        assert service.state is state
        await log_refused_token(service)

    is_told = '"setting":"ELEMENTS_AUTH_SERVICE_TOKEN"' in log_text.getvalue()
    assert is_told is (state is AuthServiceState.CREDENTIAL_REFUSED)
    assert token not in log_text.getvalue()
    assert not outbox.sent


async def test_nobody_and_somebody_else_at_the_url_are_no_auth_service() -> None:
    async with TestServer(web.Application()) as other, open_auth_client() as http:
        for url in (str(other.make_url("")).rstrip("/"), "http://127.0.0.1:9"):
            service = HttpAuthService(http, url, SecretStr(BRIDGE_TOKEN))
            assert await service.examine() is AuthServiceState.NO_ANSWER
