"""`keys rotate|retire` and SIGHUP on running processes: under load no request is rejected."""

import asyncio
import json
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import jwt
import pytest
from aiohttp import ClientSession, TCPConnector
from aiohttp.test_utils import TestClient
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from link_dev.embedded.free_port import free_port
from link_kernel.ids import from_base64url
from tests.support.clients.bridge_client import API, BridgeClient, Json, granted, list_shop
from tests.support.clients.whole_response import WholeResponse
from tests.support.link_login import log_in
from tests.support.servers.commands import run_module, serving

FRAMES = 6
REFRESHES = 4
MORE_RUNS = 2 * FRAMES
WAIT_S = 360


@pytest.fixture(scope="module")
def made_keyring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keyring that the command has made; each test gets a copy."""
    path = tmp_path_factory.mktemp("keyring") / "keyring.json"
    assert run_module("elements_bridge", "keys", "init", str(path), env={"PATH": ""})[0] == 0
    return path


@pytest.fixture
def path(made_keyring: Path, tmp_path: Path) -> Path:
    """Where the keyring of one test lies."""
    return Path(shutil.copy(made_keyring, tmp_path))


@pytest.fixture
def env(redis_url: str, path: Path) -> dict[str, str]:
    """An environment that `elements-bridge serve` can start with."""
    return {
        "ELEMENTS_REDIS_URL": redis_url,
        "ELEMENTS_KEYRING": str(path),
        "ELEMENTS_AUTH_SERVICE_URL": "http://127.0.0.1:9",
        "ELEMENTS_AUTH_SERVICE_TOKEN": "what-bridge-and-link-api-share",
        "ELEMENTS_PORT": str(free_port()),
        "ELEMENTS_INTERNAL_PORT": str(free_port()),
        "ELEMENTS_TRUSTED_PROXIES": "127.0.0.1/32",
    }


@pytest.fixture
def link_env(redis_url: str, tmp_path: Path) -> dict[str, str]:
    """An environment that `link-api serve` can start with."""
    path = tmp_path / "link-keyring.json"
    environment = {
        "LINK_REDIS_URL": redis_url,
        "LINK_KEYRING": str(path),
        "LINK_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'link.db'}",
        "LINK_MODE": "test",
        "LINK_PORT": str(free_port()),
    }
    assert run_module("link_api", "keys", "init", str(path), env=environment)[0] == 0
    return environment


def read_file(path: Path) -> dict[str, list[Json]]:
    """Return the JSON of a keyring file."""
    content: dict[str, list[Json]] = json.loads(path.read_text("utf-8"))
    return content


def spoil(path: Path) -> None:
    """Replace a keyring by a file that is none."""
    path.write_text("{}", "utf-8")


def age(path: Path, seconds: int) -> None:
    """Move all times in a keyring back, as if so many seconds had passed."""
    content = read_file(path)
    for entry in (entry for entries in content.values() for entry in entries):
        if isinstance(entry, dict):
            for name in entry.keys() & {"published_at", "retired_at"}:
                entry[name] -= seconds * 1000
    path.write_text(json.dumps(content), "utf-8")


@dataclass
class Load:
    """Frames that run again and again; each request has a new connection, and so any worker."""

    url: str
    redis: Redis
    kids: set[str] = field(default_factory=set)
    versions: set[int] = field(default_factory=set)
    runs: int = 0
    stopping: bool = False
    run_ended: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def frame(self) -> AsyncIterator[BridgeClient]:
        """A frame with a random client address."""
        address = ".".join(str(1 + secrets.randbelow(250)) for _ in range(4))
        async with ClientSession(
            self.url,
            response_class=WholeResponse,
            headers={"X-Forwarded-For": address},
            connector=TCPConnector(force_close=True),
        ) as session:
            yield BridgeClient(cast("TestClient[Any, Any]", session))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the frames while the context lasts."""
        async with asyncio.TaskGroup() as frames:
            for _ in range(FRAMES):
                frames.create_task(self.run_until_stopped())
            try:
                yield
            finally:
                self.stopping = True

    async def run_until_stopped(self) -> None:
        """Run one frame after the other until stopped; a rejected request fails the test."""
        while not self.stopping:
            await self.run_once()
            async with self.run_ended:
                self.runs += 1
                self.run_ended.notify_all()

    async def run_once(self) -> None:
        """Init, refresh some times, log out."""
        login = await log_in(self.redis)
        async with self.frame() as frame:
            grant = await frame.init(token=login.token)
            for _ in range(REFRESHES):
                self.note(grant)
                grant = await granted(await frame.refresh(grant["refresh_token"]))
            self.note(grant)
            assert await ended(frame, grant) == 1

    def note(self, grant: Json) -> None:
        """Record the key and the secret by which a grant was made."""
        self.kids.add(jwt.get_unverified_header(grant["access_token"])["kid"])
        token = from_base64url(grant["refresh_token"].removeprefix("elr_"))
        self.versions.add(int.from_bytes(token[:4], "big"))

    async def more_runs(self) -> None:
        """Return when some more frames have started and ended."""
        async with self.run_ended:
            enough = self.runs + MORE_RUNS
            await self.run_ended.wait_for(lambda: self.runs >= enough)


async def ended(frame: BridgeClient, grant: Json) -> int:
    """Log out, which needs the access token alone; return how many sessions this ended."""
    response = await frame.post("logout", {"scope": "element"}, token=grant["access_token"])
    return int((await granted(response))["revoked"])


async def command(*arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """Run `elements-bridge keys …` in a thread, while the load continues."""
    return await asyncio.to_thread(run_module, "elements_bridge", "keys", *arguments, env=env)


async def published(frame: BridgeClient) -> set[str]:
    """Return the kids of the JWKS."""
    response = await frame.http.get(f"{API}/jwks.json")
    return {key["kid"] for key in (await response.json())["keys"]}


async def test_attack_44_keys_rotate_under_load_and_nobody_is_refused(
    env: dict[str, str], path: Path, redis: Redis
) -> None:
    await list_shop(RedisBusinesses(redis))
    env["ELEMENTS_WORKERS"] = "2"
    load = Load(f"http://127.0.0.1:{env['ELEMENTS_PORT']}", redis)
    async with (
        serving("elements_bridge", env, listeners=4) as service,
        load.frame() as frame,
        load.running(),
    ):
        elder, witness = await frame.init(), await frame.init()
        assert await ended(frame, witness) == 1
        await load.more_runs()

        assert (await command("rotate", env=env))[0] == 0
        service.reload()
        await service.said("keyring_reloaded", times=2)
        await load.more_runs()
        status, _, words = await command("rotate", env=env)
        assert (status, len(words.splitlines())) == (1, 1)
        assert len(load.kids) == len(load.versions) == 1
        cached = await published(frame)

        age(path, WAIT_S)
        assert (await command("rotate", env=env))[0] == 0
        service.reload()
        await load.more_runs()
        await service.said("keyring_reloaded", times=4)
        await load.more_runs()
        elder = await granted(await frame.refresh(elder["refresh_token"]))
        assert await ended(frame, witness) == 0

    assert load.versions == {1, 2}
    assert load.kids == cached
    assert len(cached) == 2


async def test_a_broken_keyring_at_sighup_ends_nothing(
    env: dict[str, str], path: Path, redis: Redis
) -> None:
    await list_shop(RedisBusinesses(redis))
    load = Load(f"http://127.0.0.1:{env['ELEMENTS_PORT']}", redis)
    async with serving("elements_bridge", env, listeners=2) as service:
        spoil(path)
        service.reload()
        await service.said("keyring_reload_failed")
        await load.run_once()
        assert await service.stop() == 0


async def test_sighup_ends_nothing_where_the_setting_is_the_keyring(
    env: dict[str, str], path: Path, redis: Redis
) -> None:
    await list_shop(RedisBusinesses(redis))
    env["ELEMENTS_KEYRING"] = json.dumps(read_file(path))
    load = Load(f"http://127.0.0.1:{env['ELEMENTS_PORT']}", redis)
    async with serving("elements_bridge", env, listeners=2) as service:
        service.reload()
        await service.said("keyring_reload_failed")
        await load.run_once()
    status, _, words = await command("rotate", env=env)
    assert status == 1
    assert words.startswith("elements-bridge: ELEMENTS_KEYRING holds the keyring itself")
    assert len(words.splitlines()) == 1


async def test_the_link_api_rotates_by_the_same_commands(link_env: dict[str, str]) -> None:
    path = Path(link_env["LINK_KEYRING"])

    async def run(*arguments: str, status: int = 0) -> str:
        found = await asyncio.to_thread(run_module, "link_api", "keys", *arguments, env=link_env)
        assert found[0] == status, found
        return found[1] if status == 0 else found[2]

    async with serving("link_api", link_env, listeners=1) as service:
        assert "secret version 2 is now next" in await run("rotate")
        assert "link-api: the next keys are not published long enough" in await run(
            "rotate", status=1
        )
        service.reload()
        await service.said("keyring_reloaded")
        age(path, WAIT_S)
        await run("rotate")
        service.reload()
        await service.said("keyring_reloaded", times=2)
        assert await service.stop() == 0
    assert await run("list") == "secret version 1  retired\nsecret version 2  active"
    age(path, 30 * 24 * 3600)
    assert "secret version 1 is kept until" in await run("retire")
    age(path, 660)
    assert "secret version 1 is removed" in await run("retire")


async def test_an_emergency_needs_both_words(env: dict[str, str], path: Path) -> None:
    kid = read_file(path)["signing_keys"][0]["kid"]
    for incomplete in (["--now"], [f"--kid={kid}"], ["--version=1"]):
        status, _, words = await command("retire", *incomplete, env=env)
        assert (status, len(words.splitlines())) == (1, 1)
        assert "give both" in words
    status, _, words = await command("retire", "--now", f"--kid={kid}", env=env)
    assert status == 1
    assert "is active; run `keys rotate --now` first" in words

    assert (await command("rotate", "--now", env=env))[0] == 0
    for named in (f"--kid={kid}", "--version=1"):
        assert (await command("retire", "--now", named, env=env))[0] == 0
    _, listed, _ = await command("list", env=env)
    assert kid not in listed
    assert "secret version 2  active" in listed
