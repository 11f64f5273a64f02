"""An image serves as nobody in particular, in a root that is read-only, and leaves it as it was."""

import os
import time
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from link_dev.embedded.free_port import free_port
from link_dev.embedded.postgres import EmbeddedPostgres
from tests.images.builder import Image
from tests.images.container import Container, listing

UID: Final = 10001
TOKEN: Final = "what-bridge-and-link-api-share"
DOCKER_KILLS_AFTER_S: Final = 10  # where nobody says otherwise


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder that the user of the images may write."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    os.chown(folder, UID, UID)
    return folder


@pytest.fixture
def of_bridge(bridge: Image, keys: Path, redis_url: str) -> Container:
    """The bridge with a keyring of its own, which the image has made."""
    container = Container(bridge, _bridge_settings(redis_url), {"/keys": keys})
    status, _, errors = container.run("keys", "init", "/keys/keyring.json")
    assert status == 0, errors
    return container


@pytest.fixture
async def of_link_api(
    link_api: Image, keys: Path, redis_url: str, postgres_server: EmbeddedPostgres
) -> Container:
    """The Link API with a keyring of its own, on an empty database."""
    settings = {
        "LINK_REDIS_URL": redis_url,
        "LINK_DATABASE_URL": await postgres_server.new_database(),
        "LINK_KEYRING": "/keys/keyring.json",
        "LINK_BRIDGE_TOKEN": TOKEN,
        "LINK_MODE": "test",
        "LINK_PORT": str(free_port()),
        "LINK_INTERNAL_PORT": str(free_port()),
        "LINK_DRAIN_S": "1",
    }
    container = Container(link_api, settings, {"/keys": keys})
    status, _, errors = container.run("keys", "init", "/keys/keyring.json")
    assert status == 0, errors
    return container


async def test_the_bridge_serves_is_healthy_and_ends_in_time(of_bridge: Container) -> None:
    before = listing(of_bridge.image.files)
    with of_bridge.serving() as served:
        assert 200 == await _status(of_bridge, "ELEMENTS", "/v1/link/elements/jwks.json")
        assert 200 == await _status(of_bridge, "ELEMENTS", "/elements/sdk/v1.js")
        assert 0 == served.health()
        asked = time.monotonic()
        assert 0 == served.stop()
        assert time.monotonic() - asked < DOCKER_KILLS_AFTER_S
    assert before == listing(of_bridge.image.files)


async def test_workers_need_a_tmp_and_nothing_else(of_bridge: Container) -> None:
    """Their figures are added up in a folder of it."""
    settings = {**of_bridge.settings, "ELEMENTS_WORKERS": "2"}
    workers = Container(of_bridge.image, settings, of_bridge.folders, has_tmp=True)
    with workers.serving(listeners=4) as served:
        assert 0 == served.health()
        assert 0 == served.stop()


async def test_the_link_api_migrates_serves_is_healthy_and_ends_in_time(
    of_link_api: Container,
) -> None:
    before = listing(of_link_api.image.files)
    status, _, errors = of_link_api.run("migrate")
    assert status == 0, errors
    with of_link_api.serving() as served:
        assert 405 == await _status(of_link_api, "LINK", "/v1/link/auth/refresh")
        assert 0 == served.health()
        asked = time.monotonic()
        assert 0 == served.stop()
        assert time.monotonic() - asked < DOCKER_KILLS_AFTER_S
    assert before == listing(of_link_api.image.files)


async def test_a_root_that_could_be_written_stays_as_it_was_too(of_bridge: Container) -> None:
    before = listing(of_bridge.image.files)
    container = Container(of_bridge.image, of_bridge.settings, of_bridge.folders, read_only=False)
    with container.serving() as served:
        assert 0 == served.health()
        assert 0 == served.stop()
    assert before == listing(of_bridge.image.files)


def test_it_tells_its_version(image: Image) -> None:
    status, output, errors = Container(image, {}, {}).run("--version")
    assert (0, "") == (status, errors)
    assert output.split()[-1] == image.config["Labels"]["org.opencontainers.image.version"]


async def test_workers_without_a_tmp_are_told_in_a_line(of_bridge: Container) -> None:
    settings = {**of_bridge.settings, "ELEMENTS_WORKERS": "2"}
    status, _, errors = Container(of_bridge.image, settings, of_bridge.folders).run("serve")
    assert status == 1
    assert "Traceback" not in errors
    assert "ELEMENTS_WORKERS" in errors


def test_a_start_without_settings_is_told_in_lines(image: Image) -> None:
    status, output, errors = Container(image, {}, {}).run("serve")
    assert (1, "") == (status, output)
    assert "Traceback" not in errors
    assert "REDIS_URL: is required" in errors


def _bridge_settings(redis_url: str) -> dict[str, str]:
    return {
        "ELEMENTS_REDIS_URL": redis_url,
        "ELEMENTS_KEYRING": "/keys/keyring.json",
        "ELEMENTS_AUTH_SERVICE_URL": f"http://127.0.0.1:{free_port()}",
        "ELEMENTS_AUTH_SERVICE_TOKEN": TOKEN,
        "ELEMENTS_MODE": "test",
        "ELEMENTS_PORT": str(free_port()),
        "ELEMENTS_INTERNAL_PORT": str(free_port()),
        "ELEMENTS_DRAIN_S": "1",
    }


async def _status(container: Container, prefix: str, path: str) -> int:
    """Return the status of a call to the public listener."""
    url = f"http://127.0.0.1:{container.settings[f'{prefix}_PORT']}{path}"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status
