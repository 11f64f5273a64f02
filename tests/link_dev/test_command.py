"""The command `link-dev`: it prints one URL, stops without remains, reports errors in a line."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from link_dev.cli import StartError, plan_of
from link_dev.harness.addresses import Ports
from tests.support.servers.commands import run_module

_COMMAND = (sys.executable, "-m", "link_dev")
_PATIENCE_S = 120


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Free ports, and a folder of its own for whatever is temporary."""
    ports = Ports.free()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "TMPDIR": str(tmp_path),
        "PORT": str(ports.public),
        "INTERNAL_PORT": str(ports.internal),
        "LINK_PORT": str(ports.link),
    }


@pytest.fixture
def running(environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    """The command, started."""
    with subprocess.Popen(
        _COMMAND,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def _refusal(environment: dict[str, str], *command: str) -> str:
    """Run the command, which must end with status 1, and return the one line it says."""
    done = subprocess.run(
        command or _COMMAND,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1, done
    [line] = done.stderr.splitlines()
    assert line.startswith("link-dev: ")
    return line


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_says_where_and_ends_without_remains(
    running: "subprocess.Popen[str]",
    environment: dict[str, str],
    tmp_path: Path,
    asked: signal.Signals,
) -> None:
    """Redis has its folder among its arguments, which is how it is found."""
    assert running.stdout is not None
    assert running.stdout.readline().startswith("Store: Redis ")
    url = f"http://shop.localhost:{environment['PORT']}/"
    assert running.stdout.readline() == f"Open {url} (Ctrl-C ends everything)\n"
    what_for, _, setting = running.stdout.readline().strip().partition(": export ")
    assert what_for == "For a page of your own"
    assert "http://localhost:5173" in _with_its_origin_listed(setting, environment)
    [folder] = tmp_path.iterdir()
    assert (folder / "link.db").exists()
    assert _runs_with(str(tmp_path))
    running.send_signal(asked)
    assert running.wait(_PATIENCE_S) == 0
    assert running.stderr is not None
    assert running.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []
    assert not _runs_with(str(tmp_path))


def test_even_a_kill_leaves_nothing(
    running: "subprocess.Popen[str]", environment: dict[str, str], tmp_path: Path
) -> None:
    """Nobody of ours is left to tidy up, so the guard of Redis does, the database's folder too."""
    assert running.stdout is not None
    assert running.stdout.readline().startswith("Store: Redis ")
    assert environment["PORT"] in running.stdout.readline()
    running.kill()
    running.wait(_PATIENCE_S)
    deadline = time.monotonic() + _PATIENCE_S
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)  # noqa: TID251  # polled: a folder that goes tells nobody
    assert list(tmp_path.iterdir()) == []


def _with_its_origin_listed(setting: str, environment: dict[str, str]) -> str:
    """List a page's origin by the setting that was printed, as the guide says."""
    name, _, value = setting.partition("=")
    command = (sys.executable, "-m", "elements_bridge", "origins", "add", "bus_demo")
    done = subprocess.run(
        (*command, "http://localhost:5173"),
        env={**environment, name: value},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=True,
    )
    return done.stdout


def _runs_with(argument: str) -> bool:
    listing = subprocess.run(
        ("/bin/ps", "-ww", "-e", "-o", "args="), capture_output=True, text=True, check=True
    )
    return argument in listing.stdout


def test_a_taken_port_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    """It names the port and what moves it, and what was started before is gone."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # beside who keeps the port
        taken.bind(("127.0.0.1", int(environment["LINK_PORT"])))
        taken.listen()
        line = _refusal(environment)
    assert f"127.0.0.1:{environment['LINK_PORT']}" in line
    assert "LINK_PORT" in line.replace(environment["LINK_PORT"], "")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_redis_is_one_line(environment: dict[str, str]) -> None:
    """It says how to get one."""
    without_wheels = (
        "import link_dev.embedded.redis_binary as found; found._WHEELS = ();"
        "from link_dev.cli import main; main()"
    )
    line = _refusal({**environment, "PATH": "/nowhere"}, sys.executable, "-c", without_wheels)
    assert "REDIS_URL" in line


def test_a_redis_that_does_not_answer_is_one_line(environment: dict[str, str]) -> None:
    """It names the variable."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        port = closed.getsockname()[1]
        line = _refusal({**environment, "REDIS_URL": f"redis://127.0.0.1:{port}/0"})
    assert "REDIS_URL" in line


def test_a_broken_keyring_is_one_line(environment: dict[str, str]) -> None:
    """It names the field and shows nothing of the content."""
    line = _refusal({**environment, "ELEMENTS_KEYRING": '{"signing_keys": [], "x": "secret"}'})
    assert "keyring" in line
    assert "signing_keys" in line
    assert "secret" not in line.replace("secrets", "")


@pytest.mark.parametrize(("option", "status"), [("--help", 0), ("--port=1", 2)])
def test_an_option_starts_nothing(environment: dict[str, str], option: str, status: int) -> None:
    """It is answered with what the environment may say."""
    done = subprocess.run(
        (*_COMMAND, option),
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == status
    assert "usage: link-dev" in done.stdout + done.stderr
    assert status or all(name in done.stdout for name in ("INTERNAL_PORT", "REDIS_URL"))


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PORT": "web"}, "PORT"),
        ({"INTERNAL_PORT": "0"}, "INTERNAL_PORT"),
        ({"LINK_PORT": "70000"}, "LINK_PORT"),
        ({"PORT": "4300", "LINK_PORT": "4300"}, "different"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
    ],
)
def test_a_broken_environment_names_what_is_broken(environ: dict[str, str], named: str) -> None:
    """Before anything is started."""
    with pytest.raises(StartError, match=named):
        plan_of(environ)


def test_an_empty_environment_is_the_usual_plan() -> None:
    """The ports of docs/protocol.md#development, and a Redis and a keyring of our own."""
    plan = plan_of({"REDIS_URL": "", "PORT": ""})
    assert plan.ports == Ports(4242, 4243, 4244)
    assert plan.redis_url is None
    assert plan.keyring is None


def test_the_version_is_that_of_the_installed_distribution() -> None:
    status, out, _ = run_module("link_dev", "--version", env={"PATH": ""})
    assert (status, out.split()[:2]) == (0, ["link-dev", "(cimplify-link-elements)"])
