"""The pieces of the file, with the secrets of its script, on this machine's loopback."""

import json
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from elements_bridge.settings import Settings as BridgeSettings
from link_api.settings import Settings as LinkSettings
from link_dev.embedded.free_port import free_port
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.deploys.compose.composed import (
    DEPLOY,
    ComposedRedis,
    composed,
    environment_of,
    make_secrets,
    service,
)
from tests.support.installing.gateways import find_gateway
from tests.support.servers.commands import run_module, serving
from tests.support.servers.databases import postgres_server

__all__ = ["postgres_server"]
LISTENERS: Final = 2


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the secrets that the script has made; each test gets a copy."""
    folder = tmp_path_factory.mktemp("compose")
    make_secrets(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A folder with these secrets."""
    return Path(shutil.copytree(made, tmp_path / "compose"))


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[ComposedRedis]:
    """The Redis, whose address the secrets have."""
    async with ComposedRedis(folder) as server:
        for name in ("bridge-redis-url", "link-api-redis-url"):
            secret = folder / "secrets" / name
            at = f"@127.0.0.1:{server.port}"
            secret.write_text(secret.read_text("utf-8").replace("@redis", at), "utf-8")
        yield server


def test_each_secret_is_made_for_its_owners_eyes(folder: Path) -> None:
    """Whoever may not enter the folder reads no file of it; a container gets single files."""
    secrets = folder / "secrets"
    assert set(composed()["secrets"]) == {path.name for path in secrets.iterdir()}
    assert 0o700 == stat.S_IMODE(secrets.stat().st_mode)
    assert {0o644} == {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()}
    password = (secrets / "database-password").read_text("utf-8")
    assert password == urlsplit((secrets / "database-url").read_text("utf-8")).password
    assert (folder / "bridge-keyring.json").is_file()
    assert (folder / "link-api-keyring.json").is_file()


def test_nothing_is_made_where_an_image_is_missing(tmp_path: Path) -> None:
    """The next run would find a folder, and rights that lack a line."""
    done = subprocess.run(
        [str(DEPLOY / "secrets.sh")],
        env={"PATH": "/usr/bin:/bin", "SECRETS": str(tmp_path / "secrets"), "BRIDGE": "false"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert not [*tmp_path.iterdir()]


def test_secrets_that_are_there_stay(folder: Path) -> None:
    before = (folder / "secrets" / "redis-users").read_text("utf-8")
    with pytest.raises(AssertionError, match="is there already; to begin anew"):
        make_secrets(folder)
    assert before == (folder / "secrets" / "redis-users").read_text("utf-8")


async def test_whoever_does_not_log_in_may_ask_whether_redis_runs(store: ComposedRedis) -> None:
    async with Redis(port=store.port) as nobody:
        assert await nobody.ping()
        with pytest.raises(NoPermissionError):
            await nobody.get("link:v1:revocations")


async def test_both_services_become_ready(
    folder: Path, store: ComposedRedis, postgres_server: EmbeddedPostgres
) -> None:
    database = await postgres_server.new_database()
    (folder / "secrets" / "database-url").write_text(database, "utf-8")
    public, internal = free_port(), free_port()
    link_public, link_internal = free_port(), free_port()
    of_bridge = environment_of("bridge", folder) | {
        "ELEMENTS_PORT": str(public),
        "ELEMENTS_INTERNAL_PORT": str(internal),
        "ELEMENTS_AUTH_SERVICE_URL": f"http://127.0.0.1:{link_public}",
    }
    of_link_api = environment_of("link-api", folder) | {
        "LINK_PORT": str(link_public),
        "LINK_INTERNAL_PORT": str(link_internal),
        "LINK_ELEMENTS_JWKS_URL": f"http://127.0.0.1:{public}/v1/link/elements/jwks.json",
    }
    assert 0 == run_module("link_api", "migrate", env=environment_of("migrate", folder))[0]
    assert service("forgetting")["environment"] == service("link-api")["environment"]
    assert (0, "closed: 0") == run_module("link_api", "forget-dormant", env=of_link_api)[:2]
    async with (
        serving("link_api", of_link_api, listeners=LISTENERS),
        serving("elements_bridge", of_bridge, listeners=LISTENERS),
        aiohttp.ClientSession() as http,
    ):
        adding = (
            "business",
            "add",
            "bus_0123456789abcdef",
            "--name",
            "Ama's Shop",
            "--mode",
            "test",
        )
        assert 0 == run_module("elements_bridge", *adding, env=of_bridge)[0]
        assert 0 == run_module("elements_bridge", "check", env=of_bridge)[0]
        for port in (internal, link_internal):
            async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                assert 200 == answer.status, await answer.text()


def test_the_gateway_of_the_pod_finds_both_services_where_they_listen_by_default() -> None:
    """Its sites and its administration are those that the file says."""
    sample = DEPLOY / "caddy" / "Caddyfile"
    edge = service("edge")["environment"]
    adapted = subprocess.run(
        [find_gateway("caddy"), "adapt", "--adapter", "caddyfile", "--config", str(sample)],
        env=edge,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    told = json.loads(adapted)
    assert {"disabled": True} == told["admin"]
    (served,) = told["apps"]["http"]["servers"].values()
    assert edge["LINK_SITES"].split(", ") == served["routes"][0]["match"][0]["host"]
    for settings in (BridgeSettings, LinkSettings):
        assert f"127.0.0.1:{settings.model_fields['port'].default}" in adapted
