"""Writes the documents of an API: OpenAPI, and a JSON Schema for each type and message."""

from pathlib import Path
from typing import Final

from link_kernel.contract.json_schema import schema_of, text_of
from link_kernel.contract.openapi import openapi
from link_kernel.contract.operations import ApiDescription

OPENAPI: Final = ".openapi.json"

TYPES: Final = "types"

MESSAGES: Final = "messages"


def files_of(api: ApiDescription) -> dict[str, str]:
    """Return the documents of an API: path below the folder → text."""
    files = {f"{api.name}{OPENAPI}": text_of(openapi(api))}
    for name, wire_type in api.wire_types().items():
        files[f"{TYPES}/{api.name}/{name}.json"] = text_of(schema_of(wire_type))
    for name, wire_type in api.messages.items():
        files[f"{MESSAGES}/{name}.json"] = text_of(schema_of(wire_type))
    return files


def write(api: ApiDescription, folder: Path) -> int:
    """Write the documents of an API, delete its obsolete ones, and return how many were written."""
    files = files_of(api)
    for kind in (TYPES, MESSAGES):
        for present in (folder / kind / api.name).glob("*.json"):
            if present.relative_to(folder).as_posix() not in files:
                present.unlink()
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return len(files)
