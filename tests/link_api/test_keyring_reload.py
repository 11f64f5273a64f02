"""Keyring reload of the Link API: logins and sent codes stay valid after a rotation."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient
from redis.asyncio import Redis

from link_api.app import LinkApi, open_link_api
from link_kernel.ids import from_base64url
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.keyring_file import (
    SecretKeyring,
    new_secret,
    read_keyring,
    write_keyring,
)
from link_kernel.web.application import new_application
from tests.support.clients.link_client import (
    PHONE,
    SERVER,
    Asking,
    LinkClient,
    Outbox,
    granted,
    new_key,
    refusal,
    settings_for,
    wrong,
)
from tests.support.clients.whole_response import WholeResponse
from tests.support.key_files import link_keys
from tests.support.servers.databases import sqlite_in
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock, TimeMachine

WAIT_MS = 360_000


@dataclass
class Deployment:
    """A Link API and the keyring file it serves by."""

    client: LinkClient
    api: LinkApi
    path: Path
    keys: KeysCommand[SecretKeyring]
    clock: MovableClock

    def switch(self) -> None:
        """Rotate in both steps, the wait between them, with a reload after each."""
        self.keys.rotate(str(self.path))
        assert self.api.reload_keyring()
        self.clock.ahead_ms += WAIT_MS
        self.keys.rotate(str(self.path))
        assert self.api.reload_keyring()


@pytest.fixture
async def deployment(
    redis_url: str, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[Deployment]:
    """A running Link API whose keyring is a file."""
    path, outbox = tmp_path / "keyring.json", Outbox()
    write_keyring(path, SecretKeyring(secrets=(new_secret(),)))  # of an earlier release
    settings = settings_for(redis_url, sqlite_in(tmp_path), keyring=str(path))
    async with open_link_api(settings, clock=clock, sender=outbox) as api:
        root = new_application()
        api.mount(root)
        async with TestClient(
            ProductionTestServer(root), response_class=WholeResponse, cookie_jar=DummyCookieJar()
        ) as http:
            yield Deployment(LinkClient(http, outbox), api, path, link_keys(clock), clock)


def version_of(refresh_token: str) -> int:
    """Return the secret the login was born with."""
    return int.from_bytes(from_base64url(refresh_token.removeprefix("rfr_"))[:4], "big")


async def test_a_login_born_under_a_retired_secret_still_refreshes(deployment: Deployment) -> None:
    first = await deployment.client.log_in()
    deployment.switch()

    second = await granted(await deployment.client.refresh(first["refresh_token"]))
    assert version_of(second["refresh_token"]) == 1
    assert (await deployment.client.logout(second["session_token"])).status == 200
    born_later = await deployment.client.log_in("+233201234567")
    assert version_of(born_later["refresh_token"]) == 2


async def test_a_code_sent_before_the_switch_signs_in_after_it(deployment: Deployment) -> None:
    code = await deployment.client.code_for()
    deployment.switch()

    login = await granted(await deployment.client.verify_otp(code))
    assert version_of(login["refresh_token"]) == 2


async def test_a_login_repeated_after_the_switch_is_the_same_one(deployment: Deployment) -> None:
    code, asking = await deployment.client.code_for(), Asking(key=new_key())
    login = await granted(await deployment.client.verify_otp(code, PHONE, asking))
    deployment.switch()

    again = await granted(await deployment.client.verify_otp(code, PHONE, asking))
    for token in ("session_token", "refresh_token"):
        assert login[token] == again[token]


async def test_a_wrong_code_is_counted_once_whatever_the_ring_holds(deployment: Deployment) -> None:
    code = await deployment.client.code_for()
    deployment.switch()
    for _ in range(5):
        assert (422, "OTP_INVALID") == await refusal(
            await deployment.client.verify_otp(wrong(code))
        )
    response = await deployment.client.verify_otp(code)
    assert (422, "OTP_ATTEMPTS_EXCEEDED") == await refusal(response)


async def test_attack_34_a_removed_secret_version_ends_its_logins(deployment: Deployment) -> None:
    first = await deployment.client.log_in()
    deployment.switch()
    deployment.keys.remove(str(deployment.path), deployment.keys.kinds[0], "1")
    assert deployment.api.reload_keyring()

    response = await deployment.client.refresh(first["refresh_token"])
    assert (401, "REFRESH_TOKEN_INVALID") == await refusal(response)


async def test_a_code_of_a_removed_secret_version_is_gone_and_another_one_comes(
    deployment: Deployment, time_machine: TimeMachine
) -> None:
    """Its name in the store outlives the secret: what is found there is no code any more."""
    deployment.switch()  # gives the keyring its index key
    code = await deployment.client.code_for()
    deployment.switch()
    deployment.keys.remove(str(deployment.path), deployment.keys.kinds[0], "2")
    assert deployment.api.reload_keyring()

    assert await refusal(await deployment.client.verify_otp(code)) == (422, "OTP_EXPIRED")
    await time_machine.forward(31_000)
    another = await deployment.client.code_for()
    assert await refusal(await deployment.client.verify_otp(wrong(another))) == (422, "OTP_INVALID")
    await granted(await deployment.client.verify_otp(another))


async def test_a_login_of_a_removed_secret_is_not_made_again(deployment: Deployment) -> None:
    """Its code is of a secret that is here, and its session of one that is gone."""
    code, asking = await deployment.client.code_for(), Asking(key=new_key())
    deployment.switch()
    await granted(await deployment.client.verify_otp(code, PHONE, asking))
    deployment.keys.rotate(str(deployment.path), now=True)
    deployment.keys.remove(str(deployment.path), deployment.keys.kinds[0], "2")
    assert deployment.api.reload_keyring()

    answer = await deployment.client.verify_otp(code, PHONE, asking)
    assert await refusal(answer) == (422, "OTP_EXPIRED")


async def test_a_refused_keyring_changes_nothing(deployment: Deployment) -> None:
    first = await deployment.client.log_in()
    deployment.path.write_text("{}", "utf-8")
    assert not deployment.api.reload_keyring()
    assert (await deployment.client.refresh(first["refresh_token"], asking=SERVER)).status == 200


async def test_what_a_contact_is_named_by_outlives_every_secret(
    deployment: Deployment, redis: Redis
) -> None:
    """Else a rotation would hide marks from whoever is to delete them, and reset each wait."""
    deployment.switch()  # gives the keyring its index key
    await deployment.client.log_in()
    marked = await keys_of(redis, "otp-proved")
    deployment.switch()
    await deployment.client.log_in()

    assert len(marked) == 1
    assert await keys_of(redis, "otp-proved") == marked


async def test_a_code_on_its_way_is_good_when_the_keyring_gets_its_index_key(
    deployment: Deployment,
) -> None:
    code = await deployment.client.code_for()
    lines = deployment.keys.rotate(str(deployment.path))
    assert "an index key is added; a release before this one cannot read the file" in lines
    assert read_keyring(str(deployment.path), SecretKeyring).index
    assert deployment.api.reload_keyring()

    await granted(await deployment.client.verify_otp(code))


async def keys_of(redis: Redis, family: str) -> set[str]:
    return {str(key) async for key in redis.scan_iter(f"*:{family}")}
