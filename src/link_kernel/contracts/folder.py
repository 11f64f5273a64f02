"""The folder in which contracts are kept, and how two of them, or two files, are compared."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from link_kernel.contracts.dialect import read_shape
from link_kernel.contracts.diff import Finding, Rules, compare
from link_kernel.contracts.json_schema import DIRECTION, schema_of, text_of
from link_kernel.contracts.openapi import openapi
from link_kernel.contracts.openapi_diff import COMPONENT, compare_openapi
from link_kernel.contracts.surface import Direction, Surface

_OPENAPI: Final = ".openapi.json"
_TYPES: Final = "types"
_MESSAGES: Final = "messages"
_REQUEST_NAME: Final = "request"

Json = Mapping[str, Any]


class ContractsRefused(Exception):
    """What is to be compared is not there, or is no contract."""


def files_of(surface: Surface) -> dict[str, str]:
    """Return the documents of a surface: path below the folder → text."""
    files = {f"{surface.name}{_OPENAPI}": text_of(openapi(surface))}
    for name, wire_type in surface.wire_types().items():
        files[f"{_TYPES}/{surface.name}/{name}.json"] = text_of(schema_of(wire_type))
    for name, wire_type in surface.messages.items():
        files[f"{_MESSAGES}/{name}.json"] = text_of(schema_of(wire_type))
    return files


def write(surface: Surface, folder: Path) -> int:
    """Write the documents of a surface and remove those it has no more; return how many it has."""
    files = files_of(surface)
    for kind in (_TYPES, _MESSAGES):
        for known in (folder / kind / surface.name).glob("*.json"):
            if known.relative_to(folder).as_posix() not in files:
                known.unlink()
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return len(files)


def compare_paths(
    old: Path, new: Path, *, direction: Direction | None = None, is_consumers: bool = False
) -> list[Finding]:
    """Compare two files, or two folders file by file.

    Without a `direction` it is what the schema says, else what its name says. Raises
    `ContractsRefused`.
    """
    if old.is_dir() != new.is_dir():
        raise ContractsRefused("compare two folders or two files")
    if not old.is_dir():
        return _compare_files(old, new, direction, is_consumers=is_consumers)
    return list(dict.fromkeys(_compare_folders(old, new, is_consumers=is_consumers)))


def _compare_folders(old: Path, new: Path, *, is_consumers: bool) -> Iterator[Finding]:
    before, after = _documents(old), _documents(new)
    if not before:
        raise ContractsRefused(f"no contract is in {old}")
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            yield Finding(path, breaks=True, sentence="clients know this; it is gone")
        elif path not in before:
            if not is_consumers:
                yield Finding(path, breaks=False, sentence="is new")
        else:
            for finding in _compare_files(
                before[path], after[path], None, is_consumers=is_consumers
            ):
                if not _is_said_elsewhere(path, finding, before.keys() & after.keys()):
                    yield Finding(f"{path}{_fragment(finding)}", finding.breaks, finding.sentence)


def _is_said_elsewhere(path: str, finding: Finding, shared: Collection[str]) -> bool:
    """Tell whether a finding on a type of an OpenAPI document is one on the type's own file."""
    if not finding.place.startswith(COMPONENT):
        return False
    name = finding.place.removeprefix(COMPONENT).partition("/")[0]
    return f"{_TYPES}/{path.removesuffix(_OPENAPI)}/{name}.json" in shared


def _fragment(finding: Finding) -> str:
    if finding.place.startswith("#"):
        return finding.place
    return f"#{finding.place}" if finding.place.startswith("/") else f" {finding.place}".rstrip()


def _documents(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.json"))}


def _compare_files(
    old: Path, new: Path, direction: Direction | None, *, is_consumers: bool
) -> list[Finding]:
    before, after = _read(old), _read(new)
    if ("openapi" in before) != ("openapi" in after):
        raise ContractsRefused(f"{old} and {new}: one is OpenAPI, the other is not")
    rules = Rules(direction or _direction(before, after, new), is_consumers=is_consumers)
    try:
        if "openapi" in before:
            return compare_openapi(before, after)
        theirs = rules.direction if is_consumers else None
        return compare(read_shape(before, consumers=theirs), read_shape(after), rules)
    except ValueError as error:
        raise ContractsRefused(f"{old} and {new}: {error}") from error


def _direction(old: Json, new: Json, path: Path) -> Direction:
    for said in (new.get(DIRECTION), old.get(DIRECTION)):
        if said in {"request", "answer"}:
            direction: Direction = said
            return direction
    return "request" if path.stem.lower().endswith(_REQUEST_NAME) else "answer"


def _read(path: Path) -> Json:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ContractsRefused(f"{path} cannot be read: {type(error).__name__}") from error
    if not isinstance(found, Mapping):
        raise ContractsRefused(f"{path} holds no schema")
    return found
