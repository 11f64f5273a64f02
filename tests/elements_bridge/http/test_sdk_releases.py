"""The SDK's pinned addresses: bytes that never change, their hash, and releases that stay."""

import base64
import hashlib
import shutil
from pathlib import Path

import pytest

from elements_bridge.http import sdk_releases
from elements_bridge.http.sdk_releases import SdkRelease, load_sdk_releases
from elements_bridge.http.static_files import BrowserCodeMissing, load_static_files, static_root
from elements_bridge.keyring import KeyringFile
from tests.support.browser_code import STATIC, copy_sources, run_build
from tests.support.clients.bridge_client import BridgeClient, running_bridge, settings_for
from tests.support.time_machine import MovableClock

IMMUTABLE = "max-age=31536000, immutable"


def sha384(content: bytes) -> str:
    """Return a Subresource Integrity hash."""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


async def test_the_pinned_module_is_served_for_good_with_the_bytes_of_its_hash(
    bridge: BridgeClient,
) -> None:
    response = await bridge.http.get("/elements/sdk/integrity.json")
    assert ("*", "no-cache") == (
        response.headers["Access-Control-Allow-Origin"],
        response.headers["Cache-Control"],
    )
    pinned = await response.json()
    assert {"release", "entry", "integrity"} == set(pinned)
    assert f"/elements/sdk/{pinned['release']}/v1.js" == pinned["entry"]
    assert [pinned["entry"]] == list(pinned["integrity"])  # one file, one hash

    module = await bridge.http.get(pinned["entry"])
    assert 200 == module.status
    assert pinned["integrity"][pinned["entry"]] == sha384(await module.read())
    assert IMMUTABLE == module.headers["Cache-Control"]
    assert "*" == module.headers["Access-Control-Allow-Origin"]
    assert "cross-origin" == module.headers["Cross-Origin-Resource-Policy"]


async def test_another_release_is_404_and_never_other_bytes(bridge: BridgeClient) -> None:
    pinned = await (await bridge.http.get("/elements/sdk/integrity.json")).json()
    for path in (
        "/elements/sdk/0000000000000000/v1.js",
        f"/elements/sdk/{pinned['release']}/nothing.js",
        f"/elements/sdk/{pinned['release']}/%2e%2e/frame.js",
    ):
        response = await bridge.http.get(path)
        assert 404 == response.status
        assert "immutable" not in response.headers.get("Cache-Control", "")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the browser code, without releases kept."""
    for folder in ("sdk", "frame"):
        shutil.copytree(static_root() / folder, tmp_path / folder)
    return tmp_path


def change(root: Path) -> None:
    """Make the next version of the SDK."""
    for compressed in (root / "sdk").glob("v1.js.*"):
        compressed.unlink()
    with (root / "sdk" / "v1.js").open("a") as file:
        file.write("// the next version\n")


async def test_a_release_that_was_kept_is_served_on_by_the_next_deployment(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    redis_url: str,
    keyring: KeyringFile,
    clock: MovableClock,
) -> None:
    [before] = load_sdk_releases(root)
    before.keep(root / "releases")
    change(root)
    monkeypatch.setattr("elements_bridge.app.static_root", lambda: root)

    async with running_bridge(settings_for(redis_url, keyring), clock) as bridge:
        pinned = await (await bridge.http.get("/elements/sdk/integrity.json")).json()
        assert pinned["release"] != before.name
        for path, integrity in {**before.integrity(), **pinned["integrity"]}.items():
            module = await bridge.http.get(path)
            assert (200, integrity) == (module.status, sha384(await module.read()))
            assert IMMUTABLE == module.headers["Cache-Control"]


@pytest.fixture(scope="module")
def of_several_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build from a checkout that keeps a release as they were before the SDK was one file."""
    folder = tmp_path_factory.mktemp("several")
    copy_sources(folder / "static")
    SdkRelease.of(load_static_files(STATIC / "sdk")).keep(folder / "static" / "releases")
    run_build("--from", str(folder / "static"), "--to", str(folder / "built"))
    return folder / "built"


async def test_a_release_of_several_modules_is_served_on_with_each_ones_hash(
    of_several_modules: Path,
    monkeypatch: pytest.MonkeyPatch,
    redis_url: str,
    keyring: KeyringFile,
    clock: MovableClock,
) -> None:
    [_, old] = load_sdk_releases(of_several_modules)
    monkeypatch.setattr("elements_bridge.app.static_root", lambda: of_several_modules)

    async with running_bridge(settings_for(redis_url, keyring), clock) as bridge:
        assert {"v1.js", "wire.js", "exchange.js"} < set(old.files)
        for path, integrity in old.integrity().items():
            module = await bridge.http.get(path)
            assert (200, integrity) == (module.status, sha384(await module.read()))
            assert IMMUTABLE == module.headers["Cache-Control"]
            assert "gzip" == module.headers["Content-Encoding"]


def test_a_name_is_made_of_the_bytes(root: Path) -> None:
    [before] = load_sdk_releases(root)
    assert [before.name] == [each.name for each in load_sdk_releases(static_root())][:1]
    change(root)
    [after] = load_sdk_releases(root)
    assert before.name != after.name
    renamed = dict(load_static_files(root / "sdk"))
    renamed["other.js"] = renamed.pop("v1.js")
    assert after.name != SdkRelease.of(renamed).name


def test_a_kept_release_that_was_touched_stops_the_start(root: Path) -> None:
    kept = load_sdk_releases(root)[0].keep(root / "releases")
    assert 2 == len(load_sdk_releases(root))
    (kept / "v1.js").write_text("export const Link = null;\n")
    with pytest.raises(BrowserCodeMissing, match=kept.name):
        load_sdk_releases(root)


def test_every_release_kept_here_is_whole() -> None:
    for release in load_sdk_releases(static_root()):
        assert sdk_releases.ENTRY in release.files
