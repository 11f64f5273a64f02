"""Builds the targets of the Dockerfile with buildah, which needs no daemon, in a clean root.

The base image is made of Debian's packages, since the tests reach no registry of images: Python and
what venv needs. Each instruction then runs in it, and sees of this machine only its network and the
authorities that it trusts.
"""

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from tests.support.installing.images import find_image_program

ROOT: Final = Path(__file__).parents[2]
Target = Literal["bridge", "link-api"]
_CACHE: Final = ROOT / ".cache" / "images"
_BASE: Final = "localhost/python"
_AUTHORITIES: Final = "/etc/ssl/certs/ca-certificates.crt"
_PACKAGES: Final = "python3,python3-venv,ca-certificates"
_CONFIGURATION: Final = {
    "/etc/pip.conf": f"[global]\ncert = {_AUTHORITIES}\ntimeout = 180\n",
    "/root/.npmrc": f"cafile={_AUTHORITIES}\n",
}


class StepFailed(Exception):
    """A step of a build failed; the text is the end of its output."""


@dataclass(frozen=True)
class Image:
    """A built image: where its files are, and what its configuration says."""

    target: Target
    files: Path
    config: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """What `ENV` sets."""
        return dict(line.split("=", 1) for line in self.config["Env"])

    @property
    def python(self) -> str:
        """The version of its Python."""
        said = (self.files / "opt" / "service" / "pyvenv.cfg").read_text("utf-8")
        return next(line for line in said.splitlines() if line.startswith("version")).split()[-1]

    @property
    def packages(self) -> Path:
        """The folder of the service's packages."""
        (found,) = (self.files / "opt" / "service" / "lib").glob("python3*/site-packages")
        return found


@cache
def built(target: Target) -> Image:
    """Build a target step by step; raises `StepFailed`."""
    if _BASE not in _buildah("images", "--noheading", "--format", "{{.Name}}").split():
        _make_base()
    _buildah(
        *("build", "--isolation", "chroot", "--network", "host", "--format", "docker"),
        *("--pull-never", "--build-arg", f"PYTHON={_BASE}"),
        *("--target", target, "--tag", f"localhost/{target}", str(ROOT)),
    )
    container = _buildah("from", "--pull-never", f"localhost/{target}").strip()
    described = json.loads(_buildah("inspect", "--type", "image", f"localhost/{target}"))
    files = Path(_buildah("mount", container).strip())
    return Image(target, files, described["Docker"]["config"])


def remove_containers() -> None:
    """Unmount the files of what was built; the images stay, for the next run to compare."""
    _buildah("umount", "--all")
    _buildah("rm", "--all")


def _make_base() -> None:
    """Install Python in an empty folder, and keep that for later runs."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    archive = _CACHE / "python.tar"
    if not archive.exists():
        codename = _release()["VERSION_CODENAME"]
        beside = archive.with_suffix(".part.tar")
        debian = ("--variant=minbase", f"--include={_PACKAGES}", codename, str(beside))
        _run(find_image_program("mmdebstrap"), *debian)
        beside.rename(archive)
    container = _buildah("from", "scratch").strip()
    _buildah("add", container, str(archive), "/")
    _buildah("copy", container, _AUTHORITIES, _AUTHORITIES)
    for path, text in _CONFIGURATION.items():
        source = _CACHE / Path(path).name
        source.write_text(text, "utf-8")
        _buildah("copy", container, str(source), path)
    _buildah("commit", "--rm", container, _BASE)


def _release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def _buildah(*arguments: str) -> str:
    """Run buildah on a store of the checkout's own; return what it prints."""
    store = (f"--root={_CACHE / 'store'}", f"--runroot={_CACHE / 'run'}")
    return _run(find_image_program("buildah"), *store, *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StepFailed("\n".join((done.stdout + done.stderr).splitlines()[-30:]))
    return done.stdout
