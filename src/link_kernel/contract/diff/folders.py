"""Compares two contract files, or two folders of contract files; the entry to this package."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from link_kernel.contract.diff.compare import Finding, Rules, compare
from link_kernel.contract.diff.contract_error import ContractError
from link_kernel.contract.diff.normalize import read_shape
from link_kernel.contract.diff.openapi import COMPONENT, compare_openapi
from link_kernel.contract.emit import OPENAPI, TYPES
from link_kernel.contract.json_schema import DIRECTION
from link_kernel.contract.operations import Direction

_REQUEST_NAME: Final = "request"

Json = Mapping[str, Any]


def compare_paths(
    old: Path, new: Path, *, direction: Direction | None = None, is_consumers: bool = False
) -> list[Finding]:
    """Compare two files, or two folders file by file.

    Without a `direction`, that of the schema counts, else that which the file name suggests. With
    `is_consumers`, `old` holds schemas that a consumer wrote. Raises `ContractError`.
    """
    if old.is_dir() != new.is_dir():
        raise ContractError("compare two folders or two files")
    if not old.is_dir():
        return _compare_files(old, new, direction, is_consumers=is_consumers)
    return list(dict.fromkeys(_compare_folders(old, new, is_consumers=is_consumers)))


def _compare_folders(old: Path, new: Path, *, is_consumers: bool) -> Iterator[Finding]:
    before, after = _documents(old), _documents(new)
    if not before:
        raise ContractError(f"no contract is in {old}")
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
                if not _is_found_in_type(path, finding, before.keys() & after.keys()):
                    yield Finding(f"{path}{_fragment(finding)}", finding.breaks, finding.sentence)


def _is_found_in_type(path: str, finding: Finding, shared: Collection[str]) -> bool:
    """Tell whether a finding in an OpenAPI document is also found in the file of its type."""
    if not finding.place.startswith(COMPONENT):
        return False
    name = finding.place.removeprefix(COMPONENT).partition("/")[0]
    return f"{TYPES}/{path.removesuffix(OPENAPI)}/{name}.json" in shared


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
        raise ContractError(f"{old} and {new}: one is OpenAPI, the other is not")
    rules = Rules(direction or _direction(before, after, new), is_consumers=is_consumers)
    try:
        if "openapi" in before:
            return compare_openapi(before, after)
        consumers = rules.direction if is_consumers else None
        return compare(read_shape(before, consumers=consumers), read_shape(after), rules)
    except ValueError as error:
        raise ContractError(f"{old} and {new}: {error}") from error


def _direction(old: Json, new: Json, path: Path) -> Direction:
    for stated in (new.get(DIRECTION), old.get(DIRECTION)):
        if stated in {"request", "answer"}:
            direction: Direction = stated
            return direction
    return "request" if path.stem.lower().endswith(_REQUEST_NAME) else "answer"


def _read(path: Path) -> Json:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ContractError(f"{path} cannot be read: {type(error).__name__}") from error
    if not isinstance(found, Mapping):
        raise ContractError(f"{path} holds no schema")
    return found
