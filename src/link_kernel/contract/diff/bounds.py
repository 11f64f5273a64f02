"""Bounds in JSON Schema: the type each keyword restricts, and which of two bounds is narrower."""

import json
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

Kind = Literal["null", "boolean", "number", "string", "array", "object"]

# zod bounds every integer by JavaScript's largest safe integer.
_SAFE: Final = 2**53 - 1
OF_KIND: Final[dict[str, Kind]] = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format", "contentEncoding"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "number"),
    "multipleOf": "number",
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), "array"),
    **dict.fromkeys(("properties", "required", "additionalProperties"), "object"),
    **dict.fromkeys(("minProperties", "maxProperties", "propertyNames"), "object"),
}
_STRUCTURE: Final = frozenset(
    {"items", "prefixItems", "properties", "required", "additionalProperties", "propertyNames"}
)
_EMPTY: Final = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False}
_LOWER: Final = frozenset({"minLength", "minItems", "minProperties", "minimum"})
_UPPER: Final = frozenset({"maxLength", "maxItems", "maxProperties", "maximum"})
_EXCLUSIVE: Final = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_HOLDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "integer": lambda value, _: value == math.floor(value),
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
    "minLength": lambda value, least: len(value) >= least,
    "maxLength": lambda value, most: len(value) <= most,
}

Bounds = Mapping[str, Any]


def bounds_of(kind: Kind, schema: Bounds) -> dict[str, Any]:
    """Return a schema's bounds for a kind of value, without those that restrict nothing."""
    bounds = {
        keyword: value
        for keyword, value in schema.items()
        if OF_KIND.get(keyword) == kind
        and keyword not in _STRUCTURE
        and _EMPTY.get(keyword) != value
    }
    if kind == "number":
        types = schema.get("type", ())
        is_integer = "integer" in types and (isinstance(types, str) or "number" not in types)
        bounds = _integer_bounds(bounds) if is_integer else _stricter_ends(bounds)
    if "pattern" in bounds:
        bounds["pattern"] = bounds["pattern"].replace(r"\d", "[0-9]")
    return bounds


def _stricter_ends(bounds: dict[str, Any]) -> dict[str, Any]:
    """Return bounds with at most one lower and one upper end, the stricter ones."""
    for keyword, exclusive in _EXCLUSIVE.items():
        if keyword in bounds and exclusive in bounds:
            inside = bounds[exclusive], bounds[keyword]
            is_narrower = inside[0] >= inside[1] if keyword in _LOWER else inside[0] <= inside[1]
            del bounds[keyword if is_narrower else exclusive]
    return bounds


def _integer_bounds(bounds: dict[str, Any]) -> dict[str, Any]:
    least = [-_SAFE, math.ceil(bounds.pop("minimum", -_SAFE))]
    most = [_SAFE, math.floor(bounds.pop("maximum", _SAFE))]
    if "exclusiveMinimum" in bounds:
        least.append(math.floor(bounds.pop("exclusiveMinimum")) + 1)
    if "exclusiveMaximum" in bounds:
        most.append(math.ceil(bounds.pop("exclusiveMaximum")) - 1)
    if max(least) > -_SAFE:
        bounds["minimum"] = max(least)
    if min(most) < _SAFE:
        bounds["maximum"] = min(most)
    return {**bounds, "integer": True}


def values_within(values: Iterable[Any], bounds: dict[str, Any]) -> list[Any]:
    """Return the values within bounds, and remove from `bounds` those that are thereby applied."""
    checks = {keyword: bounds.pop(keyword) for keyword in bounds.keys() & _HOLDS.keys()}
    return [
        value
        for value in values
        if all(_HOLDS[keyword](value, bound) for keyword, bound in checks.items())
    ]


def changes(old: Bounds, new: Bounds) -> Iterator[tuple[str, bool | None, str]]:
    """Yield each bound that differs: its keyword, whether it became narrower, and a description.

    `None` instead of a truth value means that neither is known to include the other.
    """
    keywords = (old.keys() | new.keys()) - set(_EXCLUSIVE.values())
    ends = {end for end, exclusive in _EXCLUSIVE.items() if exclusive in {*old, *new}}
    for keyword in sorted(keywords | ends):
        before, after = _end(keyword, old), _end(keyword, new)
        if before != after:
            description = f"{_words(keyword, old)} became {_words(keyword, new)}"
            yield keyword, _is_narrower(keyword, before, after), description


def _words(keyword: str, bounds: Bounds) -> str:
    exclusive = _EXCLUSIVE.get(keyword, "")
    name = exclusive if exclusive in bounds else keyword
    return f"{name} {json.dumps(bounds[name])}" if name in bounds else f"no {keyword}"


def _end(keyword: str, bounds: Bounds) -> tuple[Any, int] | None:
    """Return a bound as a sortable pair: an exclusive end is stricter than an inclusive one."""
    exclusive = _EXCLUSIVE.get(keyword, "")
    if exclusive in bounds:
        return bounds[exclusive], 1 if keyword in _LOWER else -1
    return (bounds[keyword], 0) if keyword in bounds else None


def _is_narrower(
    keyword: str, before: tuple[Any, int] | None, after: tuple[Any, int] | None
) -> bool | None:
    if before is None or after is None:
        return before is None
    if keyword in _LOWER:
        return after > before
    return after < before if keyword in _UPPER else None
