"""Writes a contract as files: OpenAPI, and a JSON Schema for each type and message."""

from pathlib import Path
from typing import Final

from link_kernel.contract.json_schema import schema_of, text_of
from link_kernel.contract.openapi import openapi
from link_kernel.contract.operations import ApiDescription

OPENAPI: Final = ".openapi.json"

TYPES: Final = "types"

MESSAGES: Final = "messages"


def files_of(surface: ApiDescription) -> dict[str, str]:
    """Return the documents of a surface: path below the folder → text."""
    files = {f"{surface.name}{OPENAPI}": text_of(openapi(surface))}
    for name, wire_type in surface.wire_types().items():
        files[f"{TYPES}/{surface.name}/{name}.json"] = text_of(schema_of(wire_type))
    for name, wire_type in surface.messages.items():
        files[f"{MESSAGES}/{name}.json"] = text_of(schema_of(wire_type))
    return files


def write(surface: ApiDescription, folder: Path) -> int:
    """Write the documents of a surface and remove those it has no more; return how many it has."""
    files = files_of(surface)
    for kind in (TYPES, MESSAGES):
        for known in (folder / kind / surface.name).glob("*.json"):
            if known.relative_to(folder).as_posix() not in files:
                known.unlink()
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return len(files)
