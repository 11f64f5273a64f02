"""One form for what pydantic and zod 4 write differently of the same JSON (JSON Schema 2020-12).

A `Shape` is the list of alternatives that a value may be. Names of definitions, titles, defaults
and the bounds that zod adds to what it knows by itself are gone from it; `anyOf` with null and a
list of types are the same, and so are `const` and an `enum` of one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from link_kernel.contracts.keywords import check_keywords, resolve
from link_kernel.contracts.surface import Direction

Kind = Literal["null", "boolean", "number", "string", "array", "object"]

_KINDS: Final[tuple[Kind, ...]] = ("null", "boolean", "number", "string", "array", "object")
# zod bounds every integer by what a JavaScript number holds exactly.
_SAFE: Final = 2**53 - 1
_OF_KIND: Final[dict[str, Kind]] = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format", "contentEncoding"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "number"),
    "multipleOf": "number",
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), "array"),
    **dict.fromkeys(("properties", "required", "additionalProperties"), "object"),
    **dict.fromkeys(("minProperties", "maxProperties", "propertyNames"), "object"),
}
_STRUCTURE: Final = frozenset(
    {"items", "prefixItems", "properties", "required", "additionalProperties"}
)
_EVERY_VALUE: Final[dict[str, frozenset[str]]] = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"true", "false"}),
}
_EMPTY_BOUNDS: Final = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One kind of value. `values` are JSON texts, `None` for all; `bounds` hold by keyword.

    Of an object: `others` is what unnamed fields are, `None` for anything, and `is_open` whether
    there may be any. Of an array: `items` likewise, after those of `prefix`.
    """

    kind: Kind
    values: frozenset[str] | None = None
    bounds: Mapping[str, Any] = field(default_factory=dict)
    properties: "Mapping[str, Shape]" = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    is_open: bool = True
    others: "Shape | None" = None
    prefix: "tuple[Shape, ...]" = ()
    items: "Shape | None" = None


Shape = tuple[Alternative, ...]

ANYTHING: Final[Shape] = tuple(Alternative(kind) for kind in _KINDS)


def read_shape(
    schema: Any,  # noqa: ANN401  # JSON
    document: Any = None,  # noqa: ANN401  # JSON
    *,
    consumers: Direction | None = None,
) -> Shape:
    """Return what a schema accepts; `$ref` is looked up in `document`, else in the schema itself.

    `consumers` says that a consumer wrote it, by zod, and which way it goes. A type that contains
    itself is anything from there on. Raises `ValueError` for a reference that leads nowhere and for
    a keyword that is not understood.
    """
    within = schema if document is None else document
    check_keywords(schema, within)
    return _Reader(within, consumers).shape(schema, frozenset())


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Any
    consumers: Direction | None

    def shape(self, schema: Any, within: frozenset[str]) -> Shape:  # noqa: ANN401  # JSON
        if schema is False or (isinstance(schema, Mapping) and schema.get("not") == {}):
            return ()
        if not isinstance(schema, Mapping):
            return ANYTHING
        if "$ref" in schema:
            return self._referred(schema["$ref"], _without(schema, "$ref"), within)
        if "allOf" in schema:
            whole = _without(schema, "allOf")
            for part in schema["allOf"]:
                whole = both(whole, self._resolved(part))
            return self.shape(whole, within)
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                beside = _without(schema, choice)
                branches = (self.shape(both(one, beside), within) for one in schema[choice])
                return _joined([one for branch in branches for one in branch])
        return tuple(self._alternative(kind, schema, within) for kind in _kinds_of(schema))

    def _referred(self, ref: str, beside: Json, within: frozenset[str]) -> Shape:
        if ref in within:
            return ANYTHING
        return self.shape(both(resolve(self.document, ref), beside), within | {ref})

    def _resolved(self, part: Json) -> Json:
        if "$ref" not in part:
            return part
        return both(resolve(self.document, part["$ref"]), _without(part, "$ref"))

    def _alternative(self, kind: Kind, schema: Json, within: frozenset[str]) -> Alternative:
        values = _values_of(kind, schema)
        bounds = _bounds_of(kind, schema)
        if self.consumers and "format" in bounds:  # zod writes beside it how it checks it
            bounds.pop("pattern", None)
        if kind == "object":
            others = schema.get("additionalProperties", True)
            shape = self.shape(others, within)
            return Alternative(
                kind,
                values,
                bounds,
                properties={
                    name: self.shape(inner, within)
                    for name, inner in schema.get("properties", {}).items()
                },
                required=frozenset(schema.get("required", ())),
                is_open=shape != (),
                others=None if shape in ((), ANYTHING) else shape,
            )
        if kind == "array":
            prefix = tuple(self.shape(one, within) for one in schema.get("prefixItems", ()))
            items = self.shape(schema.get("items", True), within)
            return Alternative(
                kind, values, bounds, prefix=prefix, items=None if items == ANYTHING else items
            )
        return Alternative(kind, values, bounds)


def both(one: Any, other: Json) -> dict[str, Any]:  # noqa: ANN401  # JSON
    """Return a schema that asks what two ask; the second's keyword counts where they differ."""
    if not isinstance(one, Mapping):
        return dict(other) if one is True else {"not": {}}
    merged = {**one, **other}
    if "required" in one and "required" in other:
        merged["required"] = sorted({*one["required"], *other["required"]})
    if "properties" in one and "properties" in other:
        shared = one["properties"].keys() & other["properties"].keys()
        twice = {n: {"allOf": [one["properties"][n], other["properties"][n]]} for n in shared}
        merged["properties"] = {**one["properties"], **other["properties"], **twice}
    if "pattern" in one and "pattern" in other and one["pattern"] != other["pattern"]:
        merged["pattern"] = " and ".join(sorted((one["pattern"], other["pattern"])))
    return merged


def _without(schema: Json, keyword: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != keyword}


def _joined(alternatives: list[Alternative]) -> Shape:
    """Return alternatives each once; those that only list values of one kind are one list."""
    listed: dict[Kind, frozenset[str]] = {}
    rest: list[Alternative] = []
    for one in alternatives:
        if one.values is not None and not one.bounds and one.kind not in {"object", "array"}:
            listed[one.kind] = listed.get(one.kind, frozenset()) | one.values
        elif one not in rest:
            rest.append(one)
    lists = tuple(Alternative(kind, _all_or(kind, values)) for kind, values in listed.items())
    return tuple(sorted((*rest, *lists), key=lambda one: _KINDS.index(one.kind)))


def _kinds_of(schema: Json) -> list[Kind]:
    if "type" in schema:
        said = schema["type"]
        types = [said] if isinstance(said, str) else list(said)
        named = {"number" if name == "integer" else name for name in types}
        return [kind for kind in _KINDS if kind in named]
    if "const" in schema or "enum" in schema:
        given = schema.get("enum", [schema.get("const")])
        return [kind for kind in _KINDS if any(_kind(value) == kind for value in given)]
    hinted = {_OF_KIND[keyword] for keyword in schema if keyword in _OF_KIND}
    return [kind for kind in _KINDS if not hinted or kind in hinted]


def _values_of(kind: Kind, schema: Json) -> frozenset[str] | None:
    if "const" not in schema and "enum" not in schema:
        return None
    given = [schema["const"]] if "const" in schema else schema["enum"]
    texts = frozenset(json.dumps(v, sort_keys=True) for v in given if _kind(v) == kind)
    return _all_or(kind, texts)


def _all_or(kind: Kind, texts: frozenset[str]) -> frozenset[str] | None:
    """Return the values; `None` where they are all that the kind has."""
    return None if texts == _EVERY_VALUE.get(kind) else texts


def _kind(value: object) -> Kind:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _bounds_of(kind: Kind, schema: Json) -> dict[str, Any]:
    bounds = {
        keyword: value
        for keyword, value in schema.items()
        if _OF_KIND.get(keyword) == kind
        and keyword not in _STRUCTURE
        and _EMPTY_BOUNDS.get(keyword) != value
    }
    if kind == "number" and "integer" in schema.get("type", ()):
        bounds = _integer_bounds(bounds)
    if "pattern" in bounds:
        bounds["pattern"] = bounds["pattern"].replace(r"\d", "[0-9]")
    if bounds.get("propertyNames") == {"type": "string"}:
        del bounds["propertyNames"]
    return bounds


def _integer_bounds(bounds: dict[str, Any]) -> dict[str, Any]:
    least, most = bounds.pop("exclusiveMinimum", None), bounds.pop("exclusiveMaximum", None)
    if least is not None:
        bounds["minimum"] = least + 1
    if most is not None:
        bounds["maximum"] = most - 1
    if bounds.get("minimum", -_SAFE) <= -_SAFE:
        bounds.pop("minimum", None)
    if bounds.get("maximum", _SAFE) >= _SAFE:
        bounds.pop("maximum", None)
    return {**bounds, "integer": True}
