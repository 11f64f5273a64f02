"""`elements-bridge`: every command, in a process of its own."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from link_dev.embedded.free_port import free_port
from link_kernel.ids import new_id
from tests.support.figures import samples
from tests.support.servers.commands import (
    DEADLINE_S,
    FEW_DESCRIPTORS,
    end_group,
    run_module,
    with_source,
)

BUSINESS = new_id("bus")


def run(*arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """Run a command to its end; return status, standard output and standard error."""
    return run_module("elements_bridge", *arguments, env=env)


@pytest.fixture
def env(redis_url: str) -> dict[str, str]:
    """An environment with the Redis alone."""
    return {"ELEMENTS_REDIS_URL": redis_url, "PATH": ""}


@pytest.fixture(scope="module")
def made_keyring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keyring that the command has made; each test gets a copy."""
    path = tmp_path_factory.mktemp("keyring") / "keyring.json"
    assert run("keys", "init", str(path), env={"PATH": ""})[0] == 0
    return path


@pytest.fixture
def serving_env(env: dict[str, str], made_keyring: Path, tmp_path: Path) -> dict[str, str]:
    """An environment that `serve` can start with."""
    keyring = Path(shutil.copy(made_keyring, tmp_path))
    return {
        **env,
        "ELEMENTS_KEYRING": str(keyring),
        "ELEMENTS_AUTH_SERVICE_URL": "http://127.0.0.1:9",
        "ELEMENTS_AUTH_SERVICE_TOKEN": "what-bridge-and-link-api-share",
        "ELEMENTS_PORT": str(free_port()),
        "ELEMENTS_INTERNAL_PORT": str(free_port()),
        "ELEMENTS_DRAIN_S": "0",  # tests/deploys has the drain
    }


@contextmanager
def serving(env: dict[str, str], *before: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `serve` while the context lasts; it must listen before the deadline."""
    with subprocess.Popen(
        [*before, sys.executable, "-m", "elements_bridge", "serve"],
        env=with_source(env),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stderr is not None
            expected = 2 * int(env.get("ELEMENTS_WORKERS", "1"))  # both listeners of each
            while expected:
                line = process.stderr.readline()
                assert line, "serve ended before it listened"
                expected -= "listening" in line
            yield process
        finally:
            end_group(process.pid)


def get(env: dict[str, str], path: str, *, port: str = "ELEMENTS_INTERNAL_PORT") -> int:
    """Return the status of a GET."""
    url = f"http://127.0.0.1:{env[port]}{path}"
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:  # loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_listens_and_a_signal_ends_it(serving_env: dict[str, str], workers: str) -> None:
    """The last log lines, which were waiting to be written together, are written."""
    with serving({**serving_env, "ELEMENTS_WORKERS": workers}) as process:
        assert get(serving_env, "/healthz") == 200
        assert get(serving_env, "/readyz") == 200
        jwks = "/v1/link/elements/jwks.json"
        assert get(serving_env, jwks, port="ELEMENTS_PORT") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read().count(f'"route":"{jwks}"') == 1


def test_a_service_takes_each_descriptor_it_may_have_and_tells_when_they_run_out(
    serving_env: dict[str, str],
) -> None:
    """Whoever finds none is only hung up on."""
    with serving(serving_env, *FEW_DESCRIPTORS) as process, ExitStack() as opened:
        for _ in range(180):
            address = ("127.0.0.1", int(serving_env["ELEMENTS_PORT"]))
            opened.enter_context(socket.create_connection(address))
        assert process.stderr is not None
        told = (json.loads(line) for line in process.stderr)
        line = next(one for one in told if one["message"] == "descriptors_nearly_used_up")
        assert (line["level"], line["detail"], line["count"]) == ("warning", "of 200", 1)


def test_workers_do_not_outlive_a_parent_that_was_killed(
    serving_env: dict[str, str], tmp_path: Path
) -> None:
    """The last of them removes the folder of their figures."""
    with serving({**serving_env, "ELEMENTS_WORKERS": "2", "TMPDIR": str(tmp_path)}) as process:
        assert len(list(tmp_path.glob("elements-bridge-metrics-*"))) == 1
        process.kill()
        process.wait(DEADLINE_S)
        assert process.stderr is not None
        process.stderr.read()  # ends when the last worker has closed it
        assert list(tmp_path.glob("elements-bridge-metrics-*")) == []
        with pytest.raises(urllib.error.URLError):
            get(serving_env, "/healthz")


UNROUTED = {"route": "unknown", "method": "GET", "outcome": "refused"}


def test_the_figures_are_those_of_all_workers(serving_env: dict[str, str]) -> None:
    with serving({**serving_env, "ELEMENTS_WORKERS": "2"}):
        for _ in range(20):  # each on a connection of its own, so that both workers get some
            assert get(serving_env, "/nowhere", port="ELEMENTS_PORT") == 404
        for _ in range(5):
            url = f"http://127.0.0.1:{serving_env['ELEMENTS_INTERNAL_PORT']}/metrics"
            with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:  # loopback
                text = answer.read().decode()
            assert 'link_refusals_total{code="NOT_FOUND"} 20.0' in text
            found = {name: value for name, labels, value in samples(text) if UNROUTED == labels}
            assert found["link_request_seconds_count"] == 20
            assert 0 < found["link_request_seconds_sum"] < 20 * DEADLINE_S
            [built] = [value for name, _, value in samples(text) if name == "link_build_info"]
            assert built == 1


def test_a_taken_port_says_so_in_one_line(serving_env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        status, _, words = run("serve", env={**serving_env, "ELEMENTS_PORT": port})
    assert status == 1
    assert words.splitlines()[-1].startswith(
        f"elements-bridge: ELEMENTS_PORT: 127.0.0.1:{port} is in use"
    )
    assert "Traceback" not in words


def test_a_broken_keyring_says_so_in_one_line(serving_env: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"secrets": "hunter2"}', "utf-8")
    broken.chmod(0o600)
    status, _, words = run("serve", env={**serving_env, "ELEMENTS_KEYRING": str(broken)})
    assert status == 1
    assert words.startswith("elements-bridge: ELEMENTS_KEYRING: no keyring of this service: ")
    assert len(words.splitlines()) == 1
    assert "hunter2" not in words

    workers = {"ELEMENTS_WORKERS": "6", "ELEMENTS_KEYRING": str(broken)}
    status, _, words_of_all = run("serve", env={**serving_env, **workers})
    assert (status, words_of_all) == (1, words)


def test_a_file_of_businesses_that_could_restore_nothing_stops_the_start(
    serving_env: dict[str, str], tmp_path: Path
) -> None:
    broken = tmp_path / "businesses.json"
    broken.write_text('{"format": 1, "businesses": {"shop": {}}}', "utf-8")
    status, _, words = run("serve", env={**serving_env, "ELEMENTS_BUSINESSES": str(broken)})
    assert status == 1
    assert words.startswith(f"elements-bridge: ELEMENTS_BUSINESSES: {broken}: shop: ")
    status, _, words = run("serve", env={**serving_env, "ELEMENTS_BUSINESSES": str(tmp_path)})
    no_file = f"ELEMENTS_BUSINESSES: {tmp_path}: is no file; name one that `business export` wrote"
    assert (status, words) == (1, f"elements-bridge: {no_file}")


def test_every_fault_of_the_settings_is_named_at_once_without_values() -> None:
    status, _, words = run(
        "serve",
        env={
            "ELEMENTS_REDIS_URL": "memcached://user:hunter2@host",
            "ELEMENTS_ORIGIN": "https://link.example/path",
            "ELEMENTS_ACCES_TTL": "300",
            "ELEMENTS_ACCESS_TTL": "5",
            "ELEMENTS_SERVICE_HOST": "10.0.0.1",
            "ELEMENTS_PORT_80_TCP": "tcp://10.0.0.1:80",
        },
    )
    assert status == 1
    for name in ("REDIS_URL", "ORIGIN", "ACCES_TTL", "ACCESS_TTL", "KEYRING", "AUTH_SERVICE_URL"):
        assert f"ELEMENTS_{name}" in words
    assert "SERVICE_HOST" not in words
    assert "hunter2" not in words


def test_an_open_internal_listener_needs_a_token(serving_env: dict[str, str]) -> None:
    status, _, words = run("serve", env={**serving_env, "ELEMENTS_INTERNAL_HOST": "0.0.0.0"})  # noqa: S104  # refused
    assert status == 1
    assert "ELEMENTS_INTERNAL_TOKEN" in words


def test_keys_are_listed_without_a_key(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    run("keys", "init", str(path), env=env)
    status, out, _ = run("keys", "list", str(path), env=env)
    held = json.loads(path.read_text("utf-8"))
    assert status == 0
    assert held["signing_keys"][0]["kid"] in out
    assert held["secrets"][0]["secret"] not in out
    assert "PRIVATE" not in out
    assert run("keys", "init", str(path), env=env)[0] == 1
    assert run("keys", "list", env=env)[0] == 1


def test_the_sdk_is_shown_as_html_and_kept_as_files(tmp_path: Path) -> None:
    status, out, words = run("sdk", env={"ELEMENTS_ORIGIN": "https://link.example"})
    assert status == 0, words
    comment, import_map, preload = out.splitlines()
    assert comment.startswith("<!-- Cimplify Link ")
    assert '"cimplify-link":"https://link.example/elements/sdk/' in import_map
    assert 'integrity="sha384-' in preload

    status, out, _ = run("sdk", "--keep", str(tmp_path), env={})
    [kept] = tmp_path.iterdir()
    assert (status, True) == (0, str(kept) in out)
    assert kept.name in comment
    assert ["v1.js"] == [file.name for file in kept.iterdir()]
    assert run("sdk", env={"ELEMENTS_ORIGIN": "https://link.example/x"})[0] == 1


def test_what_is_wrong_is_one_line(env: dict[str, str]) -> None:
    for arguments in (
        ("business", "add", "shop", "--name", "x"),
        ("origins", "list", BUSINESS),
        ("business", "disable", BUSINESS),
        ("business", "enable", BUSINESS),
    ):
        status, _, words = run(*arguments, env=env)
        assert (status, len(words.splitlines())) == (1, 1)
    dead = {**env, "ELEMENTS_REDIS_URL": "redis://127.0.0.1:9"}
    status, _, words = run("business", "list", env=dead)
    assert status == 1
    assert words.splitlines()[-1] == (
        "elements-bridge: Redis cannot be used (ConnectionError ConnectionRefusedError);"
        " check ELEMENTS_REDIS_URL"
    )
