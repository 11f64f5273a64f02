"""What deploy/compose.yaml says, as compose reads it, and its pieces on this machine's loopback."""

import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from redis.exceptions import RedisError

from link_dev.embedded.redis import EmbeddedRedis, client_of
from link_dev.embedded.server import HOST, RunningServer

DEPLOY: Final = Path(__file__).parents[3] / "deploy"
SECRETS: Final = "/run/secrets/"
KEYS: Final = "/keys/"
_DEFAULT: Final = re.compile(r"\$\{\w+:-([^}]*)\}")


@cache
def composed() -> dict[str, Any]:
    """Return the file, with the default of each variable in it."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    whole: dict[str, Any] = yaml.safe_load(_DEFAULT.sub(r"\1", text))
    return whole


def service(name: str) -> dict[str, Any]:
    """Return one service."""
    found: dict[str, Any] = composed()["services"][name]
    return found


def environment_of(name: str, folder: Path) -> dict[str, str]:
    """Return a service's environment, with its secrets and its keyring in a folder."""
    given: Mapping[str, str] = service(name)["environment"]
    own = {SECRETS: f"{folder}/secrets/", KEYS: f"{folder}/{name}-"}
    return {key: _moved(value, own) for key, value in given.items()}


def make_secrets(folder: Path) -> Path:
    """Run deploy/secrets.sh, with the commands of this checkout; return the folder it makes."""
    commands = {
        "BRIDGE": _command_in(folder, "bridge", "elements_bridge"),
        "LINK_API": _command_in(folder, "link-api", "link_api"),
    }
    secrets = folder / "secrets"
    done = subprocess.run(
        [str(DEPLOY / "secrets.sh")],
        env={"PATH": "/usr/bin:/bin", "SECRETS": str(secrets), **commands},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return secrets


class ComposedRedis(EmbeddedRedis):
    """The Redis of the file: its command, with our addresses; its users alone may look at it."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that holds the secrets."""
        super().__init__()
        self._secrets: Final = folder

    def _command(self, folder: Path) -> list[str]:
        _, *options = service("redis")["command"]
        own = {SECRETS: f"{self._secrets}/secrets/"}
        ours = {"bind": HOST, "port": self._port, "dir": folder, "logfile": self._log(folder)}
        command = [str(self._binary.path), *(_moved(option, own) for option in options)]
        for name, value in (ours | {"pidfile": folder / "pid"}).items():
            command += [f"--{name}", str(value)]
        return command

    async def _answer(self, guard: "subprocess.Popen[bytes]", folder: Path) -> RunningServer | None:
        async with client_of(self._port) as redis:
            try:
                await redis.ping()
                return RunningServer(guard, int((folder / "pid").read_text("utf-8")), "")
            except (RedisError, OSError):
                return None


def _command_in(folder: Path, name: str, module: str) -> str:
    """Return a script that runs a module as a container does, with the keyring in our folder."""
    script = folder / f"{name}.sh"
    keyring = f"{KEYS}keyring.json"
    script.write_text(
        f"""#!/bin/sh
        [ "$3" = {keyring} ] && set -- "$1" "$2" {folder}/{name}-keyring.json
        PYTHONPATH={DEPLOY.parent / "src"} exec {sys.executable} -m {module} "$@"
        """,
        "utf-8",
    )
    script.chmod(0o700)
    return str(script)


def _moved(text: str, folders: Mapping[str, str]) -> str:
    for there, here in folders.items():
        text = text.replace(there, here)
    return text
