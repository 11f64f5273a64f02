"""Normalizes JSON Schema 2020-12, so that schemas by pydantic and by zod 4 can be compared.

A `Shape` is the list of alternatives that a value may be. It has no names of definitions, titles,
defaults, nor the bounds that zod adds on its own; `anyOf` with null and a list of types become the
same, and so do `const` and an `enum` of one value.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from link_kernel.contract.diff.all_of import all_of
from link_kernel.contract.diff.bounds import OF_KIND, Kind, bounds_of, values_within
from link_kernel.contract.diff.keywords import check_keywords, resolve
from link_kernel.contract.operations import Direction

_KINDS: Final[tuple[Kind, ...]] = ("null", "boolean", "number", "string", "array", "object")
_EVERY_VALUE: Final[dict[str, frozenset[str]]] = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"true", "false"}),
}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One kind of value: `values` are the allowed JSON texts, `None` for all; `bounds` by keyword.

    For an object, `is_open` tells whether it may have unnamed fields, `others` is their shape and
    `names` the shape of their names, `None` for any. For an array, `items` is the shape of the
    items after those of `prefix`, `None` for any.
    """

    kind: Kind
    values: frozenset[str] | None = None
    bounds: Mapping[str, Any] = field(default_factory=dict)
    properties: "Mapping[str, Shape]" = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    is_open: bool = True
    others: "Shape | None" = None
    names: "Shape | None" = None
    prefix: "tuple[Shape, ...]" = ()
    items: "Shape | None" = None


Shape = tuple[Alternative, ...]

ANYTHING: Final[Shape] = tuple(Alternative(kind) for kind in _KINDS)
ANY_NAME: Final[Shape] = (Alternative("string"),)


def read_shape(
    schema: Any,  # noqa: ANN401  # JSON
    document: Any = None,  # noqa: ANN401  # JSON
    *,
    consumers: Direction | None = None,
) -> Shape:
    """Return the shape of a schema; `$ref` is resolved in `document`, else in the schema itself.

    `consumers` is the direction of a schema that a consumer wrote with zod. A recursive type is
    cut: within itself it accepts anything. Raises `ValueError` for a reference that cannot be
    resolved and for an unsupported keyword.
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
            return self._whole(_without(schema, "allOf"), schema["allOf"], within)
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                beside = _without(schema, choice)
                branches = (self.shape(all_of(one, beside), within) for one in schema[choice])
                return _joined([one for branch in branches for one in branch])
        alternatives = (self._alternative(kind, schema, within) for kind in _kinds_of(schema))
        return tuple(one for one in alternatives if one.values != frozenset())

    def _referred(self, ref: str, beside: Json, within: frozenset[str]) -> Shape:
        if ref in within:
            return ANYTHING
        return self.shape(all_of(resolve(self.document, ref), beside), within | {ref})

    def _whole(self, whole: Json, parts: list[Any], within: frozenset[str]) -> Shape:
        """Return the shape that fits all parts of an `allOf`; a recursive part adds nothing."""
        for part in parts:
            required = part
            while isinstance(required, Mapping) and "$ref" in required:
                ref, beside = required["$ref"], _without(required, "$ref")
                required = beside if ref in within else all_of(resolve(self.document, ref), beside)
                # The first use of a reference in an `allOf` is not yet a recursion.
                within |= {ref if f"once {ref}" in within else f"once {ref}"}
            whole = all_of(whole, required)
        return self.shape(whole, within)

    def _alternative(self, kind: Kind, schema: Json, within: frozenset[str]) -> Alternative:
        bounds = bounds_of(kind, schema)
        values = _values_of(kind, schema, bounds)
        if self.consumers and "format" in bounds:  # zod adds its own pattern for each format
            bounds.pop("pattern", None)
        if kind == "object":
            return self._object(schema, within, values, bounds)
        if kind == "array":
            prefix = tuple(self.shape(one, within) for one in schema.get("prefixItems", ()))
            items = self.shape(schema.get("items", True), within)
            return Alternative(
                kind, values, bounds, prefix=prefix, items=None if items == ANYTHING else items
            )
        return Alternative(kind, values, bounds)

    def _object(
        self,
        schema: Json,
        within: frozenset[str],
        values: frozenset[str] | None,
        bounds: dict[str, Any],
    ) -> Alternative:
        others = schema.get("additionalProperties", True)
        if self.consumers == "answer" and others is False:
            others = True  # zod writes False also where it drops unknown fields
        named = schema.get("properties", {})
        names = self.shape(schema.get("propertyNames", True), within)
        names = tuple(one for one in names if one.kind == "string")
        listed = _names_of(names)
        if listed is not None:  # an object with exactly these fields: zod's form of a record
            named = {name: all_of(named.get(name, others), {}) for name in listed}
            names, others = ANY_NAME, False
        elif others is not False:  # a field may be required but not listed in `properties`
            named = {**dict.fromkeys(schema.get("required", ()), others), **named}
        shape = self.shape(others, within)
        return Alternative(
            "object",
            values,
            bounds,
            properties={name: self.shape(inner, within) for name, inner in named.items()},
            required=frozenset(schema.get("required", ())),
            is_open=shape != (),
            others=None if shape in ((), ANYTHING) else shape,
            names=None if names == ANY_NAME else names,
        )


def _without(schema: Json, keyword: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != keyword}


def _joined(alternatives: list[Alternative]) -> Shape:
    """Return the alternatives without duplicates, with all listed values of a kind in one."""
    listed: dict[Kind, frozenset[str]] = {}
    rest: list[Alternative] = []
    for one in alternatives:
        if one.values is not None and not one.bounds and one.kind not in {"object", "array"}:
            listed[one.kind] = listed.get(one.kind, frozenset()) | one.values
        elif one not in rest:
            rest.append(one)
    lists = tuple(Alternative(kind, _all_or(kind, values)) for kind, values in listed.items())
    return tuple(sorted((*rest, *lists), key=lambda one: _KINDS.index(one.kind)))


def _names_of(names: Shape) -> list[str] | None:
    """Return the names if they are listed, else `None`."""
    if any(one.values is None or one.bounds for one in names):
        return None
    return sorted(json.loads(name) for one in names for name in one.values or ())


def _kinds_of(schema: Json) -> list[Kind]:
    if "type" in schema:
        stated = schema["type"]
        types = [stated] if isinstance(stated, str) else list(stated)
        named = {"number" if name == "integer" else name for name in types}
        return [kind for kind in _KINDS if kind in named]
    if "const" in schema or "enum" in schema:
        given = schema.get("enum", [schema.get("const")])
        return [kind for kind in _KINDS if any(_kind(value) == kind for value in given)]
    hinted = {OF_KIND[keyword] for keyword in schema if keyword in OF_KIND}
    return [kind for kind in _KINDS if not hinted or kind in hinted]


def _values_of(kind: Kind, schema: Json, bounds: dict[str, Any]) -> frozenset[str] | None:
    if "const" not in schema and "enum" not in schema:
        return None
    given = [schema["const"]] if "const" in schema else schema["enum"]
    left = values_within([value for value in given if _kind(value) == kind], bounds)
    return _all_or(kind, frozenset(_text(value) for value in left))


def _text(value: object) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if is_whole else value, sort_keys=True)  # type: ignore[call-overload]  # a number


def _all_or(kind: Kind, texts: frozenset[str]) -> frozenset[str] | None:
    """Return the values, `None` if they are all values of the kind."""
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
