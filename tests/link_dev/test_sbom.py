"""The wheel's SBOM: CycloneDX by the library's validator, with each locked distribution."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.support.locks import pinned_anywhere

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "bridge.lock"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A file that stands for the wheel: of it, name and hash are told."""
    path = tmp_path / "cimplify_link_elements-0.1.0-py3-none-any.whl"
    path.write_bytes(b"of this test")
    return path


def sbom(*arguments: Path) -> str:
    """Run the command, alone as the Dockerfile does."""
    command = [sys.executable, str(ROOT / "src" / "link_dev" / "sbom.py"), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_is_valid_and_names_each_locked_distribution_with_its_hashes(wheel: Path) -> None:
    text = sbom(wheel, LOCK)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    assert pinned_anywhere(LOCK) == {
        (one["name"], one["version"], frozenset(each["content"] for each in one["hashes"]))
        for one in told["components"]
    }
    own = told["metadata"]["component"]
    assert "pkg:pypi/cimplify-link-elements@0.1.0" == own["purl"]
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == own["hashes"][0]["content"]


def test_the_same_files_have_the_same_sbom(wheel: Path) -> None:
    assert sbom(wheel, LOCK) == sbom(wheel, LOCK)


def test_what_pip_reports_is_told_with_the_hash_of_the_file_it_installed(
    wheel: Path, tmp_path: Path
) -> None:
    report, digest = tmp_path / "report.json", "b" * 64
    archive = {"archive_info": {"hash": f"sha256={digest}"}}
    one = {"download_info": archive, "metadata": {"name": "Some.Thing", "version": "2"}}
    report.write_text(json.dumps({"install": [one]}), "utf-8")

    text = sbom(wheel, report)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    (told,) = json.loads(text)["components"]
    assert ("some-thing", "2") == (told["name"], told["version"])
    assert digest == told["hashes"][0]["content"]


@pytest.mark.parametrize("folder", ["sdk", "frame"])
def test_nothing_of_an_npm_package_is_served_so_none_is_told(folder: str) -> None:
    assert "dependencies" not in json.loads((ROOT / "package.json").read_text("utf-8"))
    imported = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]""")
    named = {
        name
        for path in (ROOT / "static" / folder).rglob("*.js")
        for name in imported.findall(path.read_text("utf-8"))
    }
    assert [] == [name for name in named if not name.startswith(("./", "../", "/", "https://"))]
