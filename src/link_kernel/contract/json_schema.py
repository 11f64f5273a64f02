"""JSON Schema 2020-12 of wire types: what we accept of a request, what we send of an answer.

Answers are open: a client ignores fields it does not know, so that a field may be added. Requests
are closed, as the services are.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from link_kernel.contract.operations import Direction, WireType

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DIRECTION: Final = "x-direction"
_IN_DEFS: Final = "#/$defs/{model}"
_MODES: Final[dict[Direction, Literal["validation", "serialization"]]] = {
    "request": "validation",
    "answer": "serialization",
}

Json = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Without a title a field: it says again what the field's name says."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        """Say no."""
        return False


def schema_of(wire_type: WireType) -> Json:
    """Return the schema of one type, whole in itself: no `$id`, nothing outside it is needed."""
    every = definitions([wire_type], ref_template=_IN_DEFS)
    own = every.pop(wire_type.name)
    if every:
        own["$defs"] = every
    return {"$schema": DIALECT, **own}


def definitions(wire_types: Iterable[WireType], *, ref_template: str) -> dict[str, Json]:
    """Return the schemas of types and of all they are made of, by name.

    Raises `ValueError` for a name whose request and answer differ: the contract has one name for
    one shape.
    """
    wire_types = tuple(wire_types)
    found: dict[str, Json] = {}
    for direction in _MODES:
        models = [(t.model, _MODES[direction]) for t in wire_types if t.direction == direction]
        _, made = models_json_schema(models, ref_template=ref_template, schema_generator=_Generator)
        for name, schema in made.get("$defs", {}).items():
            ours = {**_ours(schema, direction), DIRECTION: direction}
            if found.setdefault(name, ours) != ours:
                raise ValueError(f"{name} goes both ways with two shapes; name them apart")
    return found


def text_of(document: Mapping[str, Any]) -> str:
    """Return a document as it is committed: the same content, the same bytes."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _ours(schema: Any, direction: Direction) -> Any:  # noqa: ANN401  # JSON
    """Return a schema with its lists of names in order and, of an answer, open."""
    if isinstance(schema, list):
        return [_ours(item, direction) for item in schema]
    if not isinstance(schema, dict):
        return schema
    done = {name: _ours(value, direction) for name, value in schema.items()}
    if isinstance(done.get("required"), list):
        done["required"] = sorted(done["required"])
    if direction == "answer" and done.get("additionalProperties") is False:
        del done["additionalProperties"]
    return done
