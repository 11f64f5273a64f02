"""Keyring reload in a running bridge: which key signs, which tokens verify, which sessions end."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest
from pydantic import SecretStr

from elements_bridge.app import Bridge, open_bridge
from elements_bridge.keyring import KeyringFile, new_keyring_file
from elements_bridge.settings import Settings
from link_kernel.ids import from_base64url
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.keyring_file import read_keyring, replace_keyring, write_keyring
from tests.support.clients.bridge_client import (
    API,
    SECOND_MS,
    BridgeClient,
    granted,
    new_key,
    outcome_of,
    refusal,
    settings_for,
)
from tests.support.clients.internal_client import running_both_listeners
from tests.support.key_files import bridge_keys
from tests.support.time_machine import MovableClock, TimeMachine

WAIT_MS = 360 * SECOND_MS
BY_KID, BY_VERSION = 0, 1


@dataclass
class Deployment:
    """A bridge and the keyring file it serves by."""

    http: BridgeClient
    bridge: Bridge
    path: str
    keys: KeysCommand[KeyringFile]

    @property
    def file(self) -> KeyringFile:
        """The keyring as it is now."""
        return read_keyring(self.path, KeyringFile)

    def rotate(self) -> None:
        """Take the next step of a rotation and reload."""
        self.keys.rotate(self.path)
        assert self.bridge.reload_keyring()

    def remove(self, kind: int, name: str) -> None:
        """Remove a key at once and reload."""
        self.keys.remove(self.path, self.keys.kinds[kind], name)
        assert self.bridge.reload_keyring()

    async def kids(self) -> list[str]:
        """Return the published kids."""
        response = await self.http.http.get(f"{API}/jwks.json")
        return [key["kid"] for key in (await response.json())["keys"]]


@asynccontextmanager
async def deployed(
    settings: Settings, path: Path, clock: MovableClock
) -> AsyncIterator[Deployment]:
    """Serve a bridge whose keyring is a file."""
    own = settings.model_copy(update={"keyring": SecretStr(str(path))})
    async with running_both_listeners(own, clock) as both_listeners:
        yield Deployment(
            both_listeners.public, both_listeners.bridge, str(path), bridge_keys(clock)
        )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new keyring file."""
    file = tmp_path / "keyring.json"
    write_keyring(file, new_keyring_file())
    return file


@pytest.fixture
def settings(redis_url: str, keyring: KeyringFile) -> Settings:
    """Settings of a live bridge."""
    return settings_for(redis_url, keyring)


@pytest.fixture
async def here(settings: Settings, path: Path, clock: MovableClock) -> AsyncIterator[Deployment]:
    """One running bridge."""
    async with deployed(settings, path, clock) as deployment:
        yield deployment


def kid_of(access_token: str) -> str:
    """Return the key that signed."""
    return str(jwt.get_unverified_header(access_token)["kid"])


def version_of(refresh_token: str) -> int:
    """Return the secret the session was born with."""
    return int.from_bytes(from_base64url(refresh_token.removeprefix("elr_"))[:4], "big")


async def test_the_active_key_signs_and_next_and_retired_ones_are_published(
    here: Deployment, time_machine: TimeMachine
) -> None:
    old = here.file.signing_keys[0].kid
    here.rotate()
    _, new = (entry.kid for entry in here.file.signing_keys)
    assert await here.kids() == [old, new]
    grant = await here.http.init()
    assert (kid_of(grant["access_token"]), version_of(grant["refresh_token"])) == (old, 1)

    await time_machine.forward(WAIT_MS)
    here.rotate()
    here.rotate()
    assert await here.kids() == [old, new, here.file.signing_keys[2].kid]
    grant = await here.http.init()
    assert (kid_of(grant["access_token"]), version_of(grant["refresh_token"])) == (new, 2)


async def test_a_session_born_under_a_retired_secret_still_refreshes(
    here: Deployment, time_machine: TimeMachine
) -> None:
    first = await here.http.init()
    here.rotate()
    await time_machine.forward(WAIT_MS)
    here.rotate()

    key = new_key()
    outcome, successor = await outcome_of(await here.http.refresh(first["refresh_token"], key))
    assert (outcome, version_of(successor)) == ("rotated", 1)
    assert ("replayed", successor) == await outcome_of(
        await here.http.refresh(first["refresh_token"], key)
    )
    grant = await granted(await here.http.refresh(successor))
    assert kid_of(grant["access_token"]) == here.file.signing_keys[1].kid


async def test_tokens_made_before_the_switch_are_taken_after_it(
    here: Deployment, time_machine: TimeMachine
) -> None:
    here.rotate()
    await time_machine.forward(WAIT_MS)
    grant = await here.http.init()
    body = await here.http.init_body()
    here.rotate()

    response = await here.http.post("logout", {"scope": "element"}, token=grant["access_token"])
    assert await granted(response) == {"revoked": 1}
    redeemed = await granted(await here.http.post("init", body, key=new_key()))
    assert version_of(redeemed["refresh_token"]) == 1


async def test_a_process_that_only_knows_the_next_keys_takes_what_they_made(
    here: Deployment,
    time_machine: TimeMachine,
    settings: Settings,
    clock: MovableClock,
    tmp_path: Path,
) -> None:
    """SIGHUP reaches one process after another: in between both states serve."""
    here.rotate()
    behind = tmp_path / "behind.json"
    write_keyring(behind, here.file)
    await time_machine.forward(WAIT_MS)
    here.rotate()
    async with deployed(settings, behind, clock) as other:
        body = await here.http.init_body()
        grant = await granted(await other.http.post("init", body, key=new_key()))
        assert version_of(grant["refresh_token"]) == 2
        grant = await granted(await here.http.refresh(grant["refresh_token"]))
        assert kid_of(grant["access_token"]) == here.file.signing_keys[1].kid
        response = await other.http.post(
            "logout", {"scope": "element"}, token=grant["access_token"]
        )
        assert await granted(response) == {"revoked": 1}


async def test_attack_34_a_removed_secret_version_ends_its_sessions_and_bootstraps(
    here: Deployment,
) -> None:
    grant, body = await here.http.init(), await here.http.init_body()
    here.keys.rotate(here.path, now=True)
    here.remove(BY_VERSION, "1")

    response = await here.http.refresh(grant["refresh_token"])
    assert (401, "REFRESH_TOKEN_INVALID") == await refusal(response)
    response = await here.http.post("init", body, key=new_key())
    assert (401, "BOOTSTRAP_INVALID") == await refusal(response)
    assert version_of((await here.http.init())["refresh_token"]) == 2


async def test_attack_41_a_removed_signing_key_opens_nothing_any_more(here: Deployment) -> None:
    grant = await here.http.init()
    here.keys.rotate(here.path, now=True)
    here.remove(BY_KID, kid_of(grant["access_token"]))

    response = await here.http.post("logout", {"scope": "element"}, token=grant["access_token"])
    assert (401, "TOKEN_INVALID") == await refusal(response)
    assert kid_of(grant["access_token"]) not in await here.kids()
    outcome, _ = await outcome_of(await here.http.refresh(grant["refresh_token"]))
    assert outcome == "rotated"


async def test_a_reload_says_which_keys_are_active(
    here: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    here.keys.rotate(here.path, now=True)
    with caplog.at_level(logging.WARNING):
        assert here.bridge.reload_keyring()
    (line,) = (record.__dict__ for record in caplog.records if record.msg == "keyring_reloaded")
    assert (line["kid"], line["version"]) == (here.file.signing_keys[1].kid, 2)
    (event,) = (record.__dict__ for record in caplog.records if record.msg == "security_event")
    assert (event["event"], event["version"]) == ("keyring_changed", 2)


async def test_a_token_of_a_bridge_with_another_keyring_is_refused_and_no_theft(
    here: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    before = here.file
    here.keys.rotate(here.path, now=True)
    assert here.bridge.reload_keyring()
    body = await here.http.init_body()
    refresh_token = (await here.http.init())["refresh_token"]
    replace_keyring(Path(here.path), before)
    assert here.bridge.reload_keyring()
    caplog.clear()

    with caplog.at_level(logging.INFO):
        response = await here.http.post("init", body, key=new_key())
        assert (401, "BOOTSTRAP_INVALID") == await refusal(response)
        refreshed = await here.http.refresh(refresh_token)
        assert (401, "REFRESH_TOKEN_INVALID") == await refusal(refreshed)

    refused = [record.__dict__ for record in caplog.records if record.msg == "refused"]
    assert [line["detail"] for line in refused] == ["unknown secret version"] * 2
    assert "security_event" not in [record.msg for record in caplog.records]


def _garbled(path: Path) -> None:
    path.write_text('{"secrets": "hunter2"}', "utf-8")


def _readable_by_others(path: Path) -> None:
    path.chmod(0o644)


def _absent(path: Path) -> None:
    path.unlink()


def _without_active_secret(path: Path) -> None:
    held = json.loads(path.read_text("utf-8"))
    held["secrets"][0]["state"] = "retired"
    path.write_text(json.dumps(held), "utf-8")


@pytest.mark.parametrize("spoil", [_garbled, _readable_by_others, _absent, _without_active_secret])
async def test_a_refused_keyring_changes_nothing_and_the_log_says_so(
    here: Deployment, path: Path, caplog: pytest.LogCaptureFixture, spoil: object
) -> None:
    grant, kids = await here.http.init(), await here.kids()
    secret = here.file.secrets[0].secret
    assert callable(spoil)
    spoil(path)

    assert not here.bridge.reload_keyring()

    (line,) = (record for record in caplog.records if record.msg == "keyring_reload_failed")
    assert line.levelname == "ERROR"
    for hidden in ("hunter2", "PRIVATE", secret):
        assert hidden not in str(line.__dict__)
    assert await here.kids() == kids
    outcome, _ = await outcome_of(await here.http.refresh(grant["refresh_token"]))
    assert outcome == "rotated"


async def test_a_keyring_in_the_setting_itself_cannot_be_reloaded(
    settings: Settings, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_bridge(settings, clock=clock) as bridge:
        assert not bridge.reload_keyring()
    (line,) = (record for record in caplog.records if record.msg == "keyring_reload_failed")
    assert "restart" in line.__dict__["reason"]
