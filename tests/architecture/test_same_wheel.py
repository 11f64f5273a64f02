"""A wheel is the same bytes wherever, whenever and by whomever its files are built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "hatch_build.py", "README.md", "package.json", "src", "static")
LONG_AGO = 1_000_000_000


def build(folder: Path, target: str, into: Path, *, umask: int, **environment: str) -> bytes:
    """Build a wheel of a folder, and return it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    done = subprocess.run(
        [*command, "--directory", str(into)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = into.glob("*.whl")
    return wheel.read_bytes()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy elsewhere, of another time, that its owner alone may read."""
    folder = tmp_path / "of" / "somebody else"
    folder.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (LONG_AGO, LONG_AGO))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


@pytest.mark.parametrize("target", ["wheel", "custom"])
def test_a_wheel_built_elsewhere_is_the_same(target: str, copied: Path, tmp_path: Path) -> None:
    here = build(ROOT, target, tmp_path / "here", umask=0o022, TZ="UTC", PYTHONHASHSEED="1")
    there = build(
        *(copied, target, tmp_path / "there"),
        umask=0o077,
        TZ="Africa/Accra",
        LANG="C",
        PYTHONHASHSEED="2",
    )
    assert here == there
