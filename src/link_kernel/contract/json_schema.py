"""JSON Schema 2020-12 of wire types: request schemas as we accept, response schemas as we send.

Response schemas are open, because a client must ignore unknown fields so that we may add a field.
Request schemas are closed, because the services reject unknown fields.
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
    """Generates schemas without titles of fields."""

    def field_title_should_be_set(self, _schema: object) -> bool:
        """Return False: titles only repeat field names."""
        return False


def schema_of(wire_type: WireType) -> Json:
    """Return the self-contained schema of one type, without `$id` and external references."""
    schemas = definitions([wire_type], ref_template=_IN_DEFS)
    schema = schemas.pop(wire_type.name)
    if schemas:
        schema["$defs"] = schemas
    return {"$schema": DIALECT, **schema}


def definitions(wire_types: Iterable[WireType], *, ref_template: str) -> dict[str, Json]:
    """Return the schemas of types and of all types they refer to, by name.

    Raises `ValueError` for a name whose request and response schemas differ: in the contract a name
    belongs to one shape.
    """
    wire_types = tuple(wire_types)
    schemas: dict[str, Json] = {}
    for direction in _MODES:
        models = [(t.model, _MODES[direction]) for t in wire_types if t.direction == direction]
        _, generated = models_json_schema(
            models, ref_template=ref_template, schema_generator=_Generator
        )
        for name, raw_schema in generated.get("$defs", {}).items():
            schema = {**_normalized(raw_schema, direction), DIRECTION: direction}
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"{name} goes both ways with two shapes; name them apart")
    return schemas


def text_of(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text, deterministically: the same content gives the same bytes."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _normalized(schema: Any, direction: Direction) -> Any:  # noqa: ANN401  # JSON
    """Return a schema with `required` sorted and, for a response, open to further fields."""
    if isinstance(schema, list):
        return [_normalized(item, direction) for item in schema]
    if not isinstance(schema, dict):
        return schema
    normalized = {name: _normalized(value, direction) for name, value in schema.items()}
    if isinstance(normalized.get("required"), list):
        normalized["required"] = sorted(normalized["required"])
    if direction == "answer" and normalized.get("additionalProperties") is False:
        del normalized["additionalProperties"]
    return normalized
