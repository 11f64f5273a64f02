"""A request under way while the keyring changes finishes with the keys it began with."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from pydantic import SecretStr

from elements_bridge.app import Bridge, open_bridge
from elements_bridge.keyring import KeyringFile, new_keyring_file
from link_kernel.keys.keyring_file import new_secret, replace_keyring, write_keyring
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import (
    API,
    LINK,
    BridgeClient,
    granted,
    list_shop,
    refusal,
    settings_for,
)
from tests.support.clients.bridge_sign_in import PHONE
from tests.support.clients.link_client import Outbox
from tests.support.clients.whole_response import WholeResponse
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new keyring file."""
    file = tmp_path / "keyring.json"
    write_keyring(file, new_keyring_file())
    return file


@pytest.fixture
async def bridge(
    redis_url: str,
    keyring: KeyringFile,
    path: Path,
    clock: MovableClock,
    auth_service: TestServer,
) -> AsyncIterator[Bridge]:
    """A bridge with a keyring file, in front of the auth service."""
    settings = settings_for(redis_url, keyring, auth_service_url=str(auth_service.make_url("")))
    settings = settings.model_copy(update={"keyring": SecretStr(str(path))})
    async with open_bridge(settings, clock=clock) as opened:
        await list_shop(opened.internal.businesses)
        yield opened


async def test_a_request_under_way_sees_one_keyring_from_beginning_to_end(
    bridge: Bridge, path: Path, outbox: Outbox
) -> None:
    """Its access token was checked by keys that are gone when its body arrives."""
    root, begun, reloaded = new_application(), asyncio.Event(), asyncio.Event()
    bridge.mount_public(root)

    @web.middleware
    async def notice(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/request-otp"):
            begun.set()
        return await handler(request)  # to where it waits for the body, before anything else runs

    root.middlewares.append(notice)

    async def slow_body() -> AsyncIterator[bytes]:
        yield b" "
        await reloaded.wait()
        yield json.dumps(PHONE).encode()

    async with TestClient(ProductionTestServer(root), response_class=WholeResponse) as http:
        frame = BridgeClient(http)
        grant = await frame.init()
        headers = {
            "Authorization": f"Bearer {grant['access_token']}",
            "Content-Type": "application/json",
            "Origin": LINK,
        }
        call = asyncio.create_task(
            http.post(f"{API}/request-otp", data=slow_body(), headers=headers)
        )
        await begun.wait()
        others = new_keyring_file().model_copy(update={"secrets": (new_secret(version=2),)})
        replace_keyring(path, others)
        assert bridge.reload_keyring()
        reloaded.set()

        assert (await granted(await call))["channels"] == ["sms", "whatsapp"]
        assert len(outbox.sent) == 1
        response = await frame.post("request-otp", PHONE, token=grant["access_token"])
        assert (401, "TOKEN_INVALID") == await refusal(response)
