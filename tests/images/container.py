"""Runs an image as its platform does: by an OCI runtime, read-only, without any right.

The network is this machine's, where the stores of the tests are.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from link_kernel.ids import new_id
from tests.images.builder import Image
from tests.support.installing.images import find_image_program

_PATIENCE_S: Final = 60
# crun knows cgroups of the second version alone; the tests bound no resources.
_WITH_CGROUPS: Final = """
[ -e /sys/fs/cgroup/cgroup.controllers ] ||
  { umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; }
exec "$@"
"""


@dataclass(frozen=True)
class Container:
    """How an image is run: its settings, folders of this machine, and whether it has a `/tmp`."""

    image: Image
    settings: Mapping[str, str]
    folders: Mapping[str, Path]
    has_tmp: bool = False
    read_only: bool = True

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command of the image to its end; return status, output and errors."""
        with self._bundle(arguments) as (folder, name):
            done = subprocess.run(
                _crun(folder, "run", "--bundle", str(folder), name),
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=False,
            )
            return done.returncode, done.stdout, done.stderr

    @contextmanager
    def serving(self, listeners: int = 2) -> Iterator["Served"]:
        """Run what the image runs by default; yield once all its listeners are open."""
        with self._bundle(tuple(self.image.config["Cmd"])) as (folder, name):
            command = _crun(folder, "run", "--bundle", str(folder), name)
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
                served = Served(self.image, folder, name, process)
                try:
                    served.wait_for_listeners(listeners)
                    yield served
                finally:
                    subprocess.run(_crun(folder, "delete", "--force", name), check=False)

    @contextmanager
    def _bundle(self, arguments: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
        with TemporaryDirectory(prefix="link-bundle-") as name:
            folder = Path(name)
            (folder / "config.json").write_text(json.dumps(self._description(arguments)), "utf-8")
            yield folder, new_id("run")

    def _description(self, arguments: tuple[str, ...]) -> dict[str, object]:
        uid, gid = map(int, self.image.config["User"].split(":"))
        environment = self.image.environment | dict(self.settings)
        return {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": uid, "gid": gid},
                "args": [*self.image.config["Entrypoint"], *arguments],
                "env": [f"{name}={value}" for name, value in environment.items()],
                "cwd": self.image.config["WorkingDir"] or "/",
                "capabilities": {},
                "noNewPrivileges": True,
            },
            "root": {"path": str(self.image.files), "readonly": self.read_only},
            "mounts": list(self._mounts()),
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc")]},
        }

    def _mounts(self) -> Iterator[dict[str, object]]:
        yield {"destination": "/proc", "type": "proc", "source": "proc"}
        dev = ["nosuid", "mode=755"]
        yield {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": dev}
        if self.has_tmp:
            yield {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}  # noqa: S108  # its own
        for destination, source in self.folders.items():
            options = ["rbind", "nosuid", "nodev"]
            yield {
                "destination": destination,
                "type": "bind",
                "source": str(source),
                "options": options,
            }


@dataclass(frozen=True)
class Served:
    """A container that serves."""

    image: Image
    folder: Path
    name: str
    process: "subprocess.Popen[str]"

    def wait_for_listeners(self, expected: int) -> None:
        """Read the log until all are open."""
        assert self.process.stderr is not None
        while expected:
            line = self.process.stderr.readline()
            assert line, "the container ended before it listened"
            expected -= '"listening"' in line

    def health(self) -> int:
        """Run the image's health check in the container, as its platform does; its status."""
        kind, *command = self.image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return subprocess.run(
            _crun(self.folder, "exec", self.name, *command),
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        ).returncode

    def stop(self) -> int:
        """Send the image's stop signal to its first process; return its status."""
        signals = signal.Signals[self.image.config["StopSignal"]]
        subprocess.run(_crun(self.folder, "kill", self.name, signals.name), check=True)
        return self.process.wait(_PATIENCE_S)


def _crun(folder: Path, *arguments: str) -> tuple[str, ...]:
    state = (f"--root={folder / 'state'}", "--cgroup-manager=disabled")
    program = find_image_program("crun")
    return ("unshare", "--mount", "sh", "-c", _WITH_CGROUPS, "sh", program, *state, *arguments)


def listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return mode, size and time of every file of a folder."""
    found = {}
    for path in folder.rglob("*"):
        state = path.lstat()
        found[os.path.relpath(path, folder)] = (state.st_mode, state.st_size, state.st_mtime_ns)
    return found
