"""The command `elements-bridge contracts`: its files, its messages and its exit status."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from elements_bridge.cli import main
from elements_bridge.http.routes import API
from link_kernel.contract import command
from tests.contract.node import NODE
from tests.contract.test_committed import COMMITTED, documents_in

GUIDE = (COMMITTED.parent / "docs" / "contracts.md").read_text("utf-8")
CANNOT_TELL = 2
NAMED = {
    "elements_bridge": "elements_bridge.http.routes:API",
    "link_api": "link_api.routes:API",
}


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both services, named as this package names them when it is installed."""
    installed(monkeypatch, NAMED)


def installed(monkeypatch: pytest.MonkeyPatch, named: Mapping[str, str]) -> None:
    """Have these be the services that packages name."""
    points = [EntryPoint(name, value, command.GROUP) for name, value in named.items()]
    monkeypatch.setattr(command, "entry_points", lambda group: points)


def run(*arguments: object) -> int | str | None:
    """Run the command and return its exit status, or its complaint."""
    try:
        main(["contracts", *map(str, arguments)])
    except SystemExit as ended:
        return ended.code
    return 0


def changed(path: Path, **properties: Any) -> None:  # noqa: ANN401  # JSON
    """Change fields of a type's file."""
    schema = json.loads(path.read_text())
    schema["properties"] |= properties
    path.write_text(json.dumps(schema))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The committed contract, to be changed."""
    shutil.copytree(COMMITTED, tmp_path / "new")
    return tmp_path / "new"


def test_this_package_names_both_services() -> None:
    project = tomllib.loads((COMMITTED.parent / "pyproject.toml").read_text())["project"]

    assert project["entry-points"][command.GROUP] == NAMED


def test_emit_writes_the_committed_contract(tmp_path: Path) -> None:
    assert run("emit", tmp_path) == 0

    assert documents_in(tmp_path) == documents_in(COMMITTED)


def test_a_service_that_is_not_installed_is_named_and_the_others_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(monkeypatch, {**NAMED, "link_api": "no_such_package.surface:API"})

    assert run("emit", tmp_path) == 0

    assert "link_api is not installed here" in capsys.readouterr().err
    assert (tmp_path / f"{API.name}.openapi.json").exists()
    assert not (tmp_path / "types" / "link-api").exists()


def test_a_service_that_is_there_and_broken_is_not_called_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, {"link_api": "link_api.no_such_module:API"})

    with pytest.raises(ModuleNotFoundError):
        run("emit", tmp_path)


def test_without_any_service_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(monkeypatch, {})

    assert run("emit", tmp_path) == CANNOT_TELL
    assert "no service is installed" in capsys.readouterr().err


def test_an_unchanged_contract_breaks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", COMMITTED, COMMITTED) == 0

    assert capsys.readouterr().out == ""


def test_a_change_that_breaks_a_client_exits_1_and_says_where(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(copy / "types/link-api/CustomerAddress.json", label={"type": "integer"})

    assert run("diff", COMMITTED, copy) == 1

    assert capsys.readouterr().out == (
        "breaking  types/link-api/CustomerAddress.json#/properties/label: "
        "clients read string; the service sends integer\n"
    )


@pytest.mark.parametrize("gone_from", [("old",), ("new",), ("old", "new")], ids=" and ".join)
def test_a_break_of_a_type_is_told_where_the_type_has_no_file_of_its_own(
    gone_from: tuple[str, ...], copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, name = copy.parent / "old", "link-api.openapi.json"
    shutil.copytree(COMMITTED, old)
    for folder in gone_from:
        (copy.parent / folder / "types/link-api/CustomerAddress.json").unlink()
    document = json.loads((copy / name).read_text())
    address = document["components"]["schemas"]["CustomerAddress"]
    address["properties"]["label"] = {"type": "integer"}
    (copy / name).write_text(json.dumps(document))

    assert run("diff", old, copy) == 1

    place = f"{name}#/components/schemas/CustomerAddress/properties/label"
    assert f"breaking  {place}: clients read string; the service sends integer\n" in (
        capsys.readouterr().out
    )


def test_a_change_that_breaks_nobody_exits_0(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(copy / "types/link-api/CustomerAddress.json", nickname={"type": "string"})

    assert run("diff", COMMITTED, copy) == 0

    assert capsys.readouterr().out.startswith("compatible  types/link-api/CustomerAddress.json#")


def test_a_document_that_goes_breaks_and_one_that_comes_does_not(copy: Path) -> None:
    (copy / "types/link-api/CustomerAddress.json").unlink()

    assert run("diff", COMMITTED, copy) == 1
    assert run("diff", copy, COMMITTED) == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [((), 0), (("--as", "request"), 1), (("--as", "answer"), 0)],
    ids=["by default an answer", "a request", "an answer"],
)
def test_which_way_a_schema_goes_may_be_said(
    arguments: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text('{"enum": ["a", "b"]}')
    new.write_text('{"enum": ["a"]}')

    assert run("diff", old, new, *arguments) == status


def test_a_name_that_ends_in_request_says_which_way_it_goes(tmp_path: Path) -> None:
    old, new = tmp_path / "OldRequest.json", tmp_path / "NewRequest.json"
    old.write_text('{"enum": ["a", "b"]}')
    new.write_text('{"enum": ["a"]}')

    assert run("diff", old, new) == 1


def test_a_consumer_need_not_name_all_there_is(tmp_path: Path) -> None:
    theirs = tmp_path / "address.json"
    theirs.write_text('{"type": "object", "properties": {"label": {"type": "string"}}}')
    ours = COMMITTED / "types/link-api/CustomerAddress.json"

    assert run("diff", theirs, ours, "--consumer") == 0
    assert run("diff", ours, theirs) == 1


def test_the_guides_zod_is_held_against_the_contract_as_it_says(tmp_path: Path) -> None:
    script, shell = re.search(
        r"```js\n(.*?)```.*?```sh\nelements-bridge contracts diff (.*?)\n```", GUIDE, re.DOTALL
    ).groups()  # type: ignore[union-attr]  # the guide has both
    written = str(tmp_path / "address.json")
    subprocess.run(
        [NODE, "--input-type=module"],
        input=script.replace("address.json", written),
        cwd=COMMITTED.parent,
        text=True,
        check=True,
    )

    flag, theirs, ours = shell.split()

    assert theirs == "address.json"
    assert run("diff", flag, written, COMMITTED.parent / ours) == 0


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("absent.json", "absent.json", "cannot be read"),
        ("list.json", "list.json", "holds no schema"),
        ("lost.json", "lost.json", "nothing is at #/absent"),
        (".", "list.json", "two folders or two files"),
        ("empty", "empty", "no contract is in"),
        ("openapi.json", "schema.json", "one is OpenAPI, the other is not"),
        ("lost-api.json", "lost-api.json", "nothing is at #/absent"),
    ],
)
def test_what_is_no_contract_is_refused_in_a_sentence_and_exits_2(
    old: str, new: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "schema.json").write_text("{}")
    (tmp_path / "lost.json").write_text('{"$ref": "#/absent"}')

    (tmp_path / "openapi.json").write_text('{"openapi": "3.1.0"}')
    lost = {"schemas": {"A": {"$ref": "#/absent"}}}
    (tmp_path / "lost-api.json").write_text(json.dumps({"openapi": "3.1.0", "components": lost}))

    assert run("diff", tmp_path / old, tmp_path / new) == CANNOT_TELL
    assert complaint in capsys.readouterr().err
