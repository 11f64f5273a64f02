"""Layers and file sizes hold, and the sidecar's wheel works alone."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
FULLEST_ROOM = 14
FRAME_FILES = ("frame", "account", "lists", "beside", "countries", "appearance", "kept", "fr")
CODE = [
    path
    for folder in ("src", "static", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".js", ".mjs", ".lua", ".css", ".html"}
]


def run(*command: str) -> str:
    """Run a Python command in this environment; a failure shows its output."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_floors_hold() -> None:
    assert " 0 broken" in run(
        "-c", "import sys; from importlinter.cli import lint_imports_command as main; main()"
    )


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_over_300_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


def test_no_room_of_the_browser_code_has_more_than_14_files() -> None:
    rooms = [path for path in (ROOT / "static").rglob("*") if path.is_dir()]
    full = [room for room in rooms if sum(map(Path.is_file, room.iterdir())) > FULLEST_ROOM]
    assert [] == full
    assert ROOT / "static" / "sdk" / "element" in rooms


def test_the_wheel_is_the_bridge_alone_with_its_scripts_and_browser_code(tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert not [name for name in names if name.startswith(("link_api", "link_dev"))]
    commands = next(name for name in names if name.endswith("/entry_points.txt"))
    said = zipfile.ZipFile(wheel).read(commands).decode()
    assert said.startswith(
        "[console_scripts]\nelements-bridge = elements_bridge.__main__:main\n\n["
    )
    for needed in (
        "elements_bridge/app.py",
        "link_kernel/sessions/lua/rotate_elements_session.lua",
        "link_kernel/sessions/lua/shared/rotation_rule.lua",
        "elements_bridge/businesses/lua/put_business.lua",
    ):
        assert needed in names

    browser_code = "elements_bridge/static/"
    kept = f"{browser_code}releases/"  # each as it was released
    served = {name for name in names if name.startswith(browser_code)}
    assert {name for name in served if not name.startswith(kept)} == {
        f"{browser_code}{file}{suffix}"
        for file in (
            "sdk/v1.js",
            "frame/frame.html",
            *(f"frame/{name}.js" for name in FRAME_FILES),
        )
        for suffix in ("", ".br", ".gz")
    }


def test_the_bridge_runs_with_the_link_api_absent(tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        f"import sys; sys.path[:] = [p for p in sys.path if not p.endswith('/src')]; "
        f"sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "for absent in ('link_api', 'link_dev'):\n"
        "    sys.modules[absent] = None\n"
        "import elements_bridge.cli, elements_bridge.app\n"
        "from elements_bridge.http.static_files import BrowserCode, static_root\n"
        f"assert static_root().is_relative_to({str(tmp_path)!r})\n"
        "assert {'br', 'gzip'} == set(BrowserCode.load(static_root()).document.compressed)\n"
        f"assert elements_bridge.__file__.startswith({str(tmp_path)!r})\n"
    )
    run("-c", script)
