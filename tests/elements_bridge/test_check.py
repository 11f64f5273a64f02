"""`elements-bridge check`: what an operator, and a CI job, read before anything is deployed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from threading import Thread

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.check import NAMES, check_bridge
from elements_bridge.http import static_files
from elements_bridge.keyring import Keyring, KeyringFile, new_keyring_file
from elements_bridge.settings import Settings
from link_kernel.check.redis import REDIS_NAMES
from link_kernel.keys.keyring_file import (
    SecretKeyring,
    new_secret,
    read_keyring,
    write_keyring,
)
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.address import RedisAddress
from tests.support.clients.bridge_client import BUSINESS, configure
from tests.support.key_files import NOON_MS, StoppedClock, bridge_keys
from tests.support.servers.commands import run_module

TOKEN = "what-bridge-and-link-api-share"
NOBODY = "http://127.0.0.1:9"


@dataclass
class Others:
    """An auth service that refuses every call alike, and the bridge that publishes keys."""

    url: str = ""
    refusal: tuple[int, str] = (400, "VALIDATION_ERROR")
    published: object = ""
    by_turns: Iterator[object] | None = None


@contextmanager
def running(others: Others) -> Iterator[None]:
    """Serve both on one port."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # its name is http.server's
            """Refuse, as the auth service."""
            self.rfile.read(int(self.headers["Content-Length"]))
            status, code = others.refusal
            self.answer(status, {"success": False, "error": {"code": code}})

        def do_GET(self) -> None:  # its name is http.server's
            """Publish, as a bridge."""
            body = next(others.by_turns) if others.by_turns else others.published
            self.answer(200 if self.path == "/v1/link/elements/jwks.json" else 404, body)

        def answer(self, status: int, body: object) -> None:
            """Send JSON."""
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        others.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def others(keyring: KeyringFile) -> Iterator[Others]:
    """The services around a bridge with the run's keyring."""
    around = Others(published=Keyring.of(keyring).jwks())
    with running(around):
        yield around


@pytest.fixture
async def env(redis: Redis, redis_url: str, keyring: KeyringFile, others: Others) -> dict[str, str]:
    """The settings of a bridge that is as it should be, with one business."""
    await configure(RedisBusinesses(redis))
    return {
        "ELEMENTS_REDIS_URL": redis_url,
        "ELEMENTS_KEYRING": keyring.model_dump_json(),
        "ELEMENTS_PUBLIC_URL": others.url,
        "ELEMENTS_AUTH_SERVICE_URL": others.url,
        "ELEMENTS_AUTH_SERVICE_TOKEN": TOKEN,
    }


async def lines_of(env: dict[str, str], **changed: str) -> dict[str, str]:
    """Return the lines but for Redis's, by name."""
    given = {name.removeprefix("ELEMENTS_").lower(): value for name, value in env.items()}
    settings = Settings.model_validate({**given, **changed})
    found = await check_bridge(settings, bridge_keys(StoppedClock()))
    assert [*NAMES] == list(dict.fromkeys(finding.name for finding in found))
    assert TOKEN not in str(found)
    lines: dict[str, str] = {}
    for name, line in ((finding.name, finding.line) for finding in found):
        if name not in REDIS_NAMES:
            lines[name] = "\n".join([*lines.get(name, "").splitlines(), line[len(name) + 2 :]])
    return lines


def test_a_bridge_that_would_run_exits_with_0(env: dict[str, str]) -> None:
    status, out, words = run_module("elements_bridge", "check", env=env)

    lines = out.splitlines()
    assert (status, words) == (0, "")
    assert [*("settings", *NAMES)] == [line.partition(":")[0] for line in lines]
    assert "FAULT" not in out
    redis = f"redis: ok {RedisAddress.parse(env['ELEMENTS_REDIS_URL']).place}"
    assert {"settings: ok", redis, "auth service: ok"} < {*lines}


def test_faults_of_settings_are_all_told_and_nothing_else_is_asked(env: dict[str, str]) -> None:
    wrong = {**env, "ELEMENTS_AUTH_SERVICE_TOKEN": "", "ELEMENTS_PORT": "x", "ELEMENTS_PUBLIC": "y"}
    status, out, words = run_module("elements_bridge", "check", env=wrong)

    lines = out.splitlines()
    assert (status, words) == (1, "")
    assert "settings: FAULT ELEMENTS_AUTH_SERVICE_TOKEN: is required" in lines
    assert sum(line.startswith("settings: FAULT ELEMENTS_P") for line in lines) == 2
    assert [f"{name}: not checked because of settings" for name in NAMES] == lines[-len(NAMES) :]


def test_each_fault_is_told_and_the_rest_is_checked_all_the_same(env: dict[str, str]) -> None:
    wrong = {**env, "ELEMENTS_REDIS_URL": "redis://u:hunter2@127.0.0.1:9", "ELEMENTS_KEYRING": "no"}
    status, out, words = run_module("elements_bridge", "check", env=wrong)

    assert (status, words) == (1, "")
    assert "redis: FAULT no_answer (ConnectionError ConnectionRefusedError): " in out
    assert "redis rights: not checked because of redis" in out
    assert "keyring: FAULT cannot read the keyring at this path: No such file or directory" in out
    assert "jwks: not checked because of keyring" in out
    assert "auth service: ok" in out
    assert "hunter2" not in out


async def test_the_auth_service_must_answer_and_take_the_token(
    env: dict[str, str], others: Others
) -> None:
    assert (await lines_of(env))["auth service"] == "ok"
    others.refusal = (401, "UNAUTHENTICATED")
    assert (await lines_of(env))["auth service"].startswith(
        "FAULT credential_refused (status 401): ELEMENTS_AUTH_SERVICE_TOKEN is refused: the"
    )
    others.refusal = (404, "NOT_FOUND")
    cure = "no auth service answers at ELEMENTS_AUTH_SERVICE_URL"
    assert (await lines_of(env))["auth service"] == f"FAULT no_answer (status 404): {cure}"
    found = await lines_of(env, auth_service_url=NOBODY)
    assert found["auth service"] == f"FAULT no_answer (ClientConnectorError): {cure}"
    as_https = others.url.replace("http://", "https://")
    found = await lines_of(env, auth_service_url=as_https)
    assert found["auth service"] == f"FAULT no_answer (ClientConnectorSSLError): {cure}"


async def test_every_fault_of_the_file_of_businesses_is_told(
    env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "businesses.json"
    file.write_text(
        f'{{"format": 1, "businesses": {{"{BUSINESS}": {{"name": "A", "mode": "x"}}}}}}'
    )
    assert (await lines_of(env, businesses=str(file)))["businesses"].startswith(f"FAULT {file}: ")
    file.unlink()
    assert (await lines_of(env, businesses=str(file)))["businesses"] == (
        f"FAULT {file}: No such file or directory"
    )


async def test_a_store_without_a_business_of_the_mode_serves_nobody(
    env: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    none_named = "0 in the file ELEMENTS_BUSINESSES"
    assert (await lines_of(env))["businesses"] == f"ok 1 live: 1 in Redis, {none_named}"
    assert (await lines_of(env, mode="test"))["businesses"] == (
        f"FAULT 1 in Redis, {none_named}, and none of ELEMENTS_MODE, which is test: no page is"
        " served"
    )
    await redis.delete(redis_keys.business(BUSINESS))
    assert (await lines_of(env))["businesses"] == (
        f"FAULT 0 in Redis, {none_named}: `elements-bridge business sync --file FILE` brings them"
        " back, `business add` adds one"
    )
    file = tmp_path / "businesses.json"
    file.write_text(
        f'{{"format": 1, "businesses": {{"{BUSINESS}": {{"name": "A", "mode": "live"}}}}}}'
    )
    assert (await lines_of(env, businesses=str(file)))["businesses"] == (
        "ok 1 live: 0 in Redis, 1 in the file ELEMENTS_BUSINESSES"
    )
    silent = await lines_of(env, redis_url="redis://127.0.0.1:9")
    assert silent["businesses"] == "not checked because of redis"


async def test_the_keyring_must_be_the_bridge_s_and_nobody_else_s(
    env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "keyring.json"
    write_keyring(file, SecretKeyring(secrets=(new_secret(),)))
    assert (await lines_of(env, keyring=str(file)))["keyring"] == (
        "FAULT no keyring of this service: signing_keys is missing; `keys init` writes one"
        " (ELEMENTS_KEYRING)"
    )
    file.chmod(0o644)
    assert (await lines_of(env, keyring=str(file)))["keyring"].startswith(
        f"FAULT others may read {file}; run: chmod 600"
    )


async def test_the_age_of_keys_is_told_where_the_keyring_tells_it(env: dict[str, str]) -> None:
    clock = StoppedClock(NOON_MS - 45 * 24 * 3600 * 1000)
    file = new_keyring_file()
    [key], [secret] = file.signing_keys, file.secrets
    dated = key.model_copy(update={"published_at": clock.now})
    aged = file.model_copy(update={"signing_keys": (dated,)}).model_dump_json(exclude_none=True)

    found = await lines_of(env, keyring=aged)

    assert found["keyring"] == f"ok signing key {key.kid} (45 days old), {secret.label}"


async def test_the_bridges_that_run_must_publish_the_key_that_signs(
    env: dict[str, str], others: Others, keyring: KeyringFile
) -> None:
    kid = Keyring.of(keyring).signing_key.kid
    assert (await lines_of(env))["jwks"] == f"ok {kid}"
    foreign = Keyring.of(new_keyring_file())
    others.published = foreign.jwks()
    absent, surplus = (await lines_of(env))["jwks"].splitlines()
    assert absent.startswith(f"FAULT a bridge that runs does not publish {kid}: give all bridges")
    assert surplus == (
        f"FAULT a bridge that runs publishes {foreign.signing_key.kid}, which this keyring lacks:"
        " give all bridges one keyring, and after `keys retire` `kill -HUP` each"
    )
    others.published = {"keys": []}
    assert (await lines_of(env))["jwks"] == (
        "FAULT no usable key: ELEMENTS_PUBLIC_URL must lead to the bridges"
    )
    assert (await lines_of(env, public_url=NOBODY))["jwks"] == (
        "warning no_answer (ClientConnectorError) at ELEMENTS_PUBLIC_URL: right as long as no"
        " bridge runs there"
    )


async def test_one_bridge_of_several_with_another_keyring_is_found(
    env: dict[str, str], others: Others, tmp_path: Path
) -> None:
    path = str(tmp_path / "keyring.json")
    write_keyring(Path(path), before := KeyringFile.model_validate_json(env["ELEMENTS_KEYRING"]))
    bridge_keys(StoppedClock()).rotate(path)
    after = read_keyring(path, KeyringFile)
    [following] = {key.kid for key in after.signing_keys} - {key.kid for key in before.signing_keys}

    assert (await lines_of(env, keyring=path))["jwks"] == (
        f"warning a bridge that runs does not publish {following}, the next key: `kill -HUP` each"
    )
    published = [Keyring.of(before).jwks(), Keyring.of(after).jwks()]
    others.by_turns = cycle(published)
    assert (await lines_of(env))["jwks"].startswith(
        f"FAULT a bridge that runs publishes {following}, which this keyring lacks: "
    )


async def test_missing_browser_code_is_found(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len((await lines_of(env))["browser code"]) == len("ok 0123456789abcdef")
    monkeypatch.setattr(static_files, "_PACKAGE", tmp_path / "src" / "elements_bridge")
    assert (await lines_of(env))["browser code"].startswith("FAULT the browser code is missing: ")


def test_the_version_is_that_of_the_installed_distribution() -> None:
    status, out, _ = run_module("elements_bridge", "--version", env={"PATH": ""})
    assert (status, out.split()[:2]) == (0, ["elements-bridge", "(cimplify-link-elements)"])
    assert out.split()[2][0].isdecimal()
