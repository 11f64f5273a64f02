"""Merges two schemas into one that requires both (`allOf`), keyword by keyword."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final

from link_kernel.contract.json_schema import text_of

Json = Mapping[str, Any]

_NOTHING: Final[dict[str, Any]] = {"not": {}}
_NUMBERS: Final = frozenset({"number", "integer"})


def all_of(one: Any, other: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    """Return one schema for values that fit both; the schemas themselves hold no `$ref`."""
    if one is False or other is False:
        return _NOTHING
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return dict(one if isinstance(one, Mapping) else other if other is not True else {})
    one, other = _listing(one, other), _listing(other, one)
    merged = {**one, **other}
    for keyword in one.keys() & other.keys():
        stricter = _STRICTER.get(keyword)
        if stricter is not None and one[keyword] != other[keyword]:
            merged[keyword] = stricter(one[keyword], other[keyword])
    return merged


def _listing(one: Json, beside: Json) -> Json:
    """Return a schema with `const` as an `enum` of one value, if the other lists values too."""
    if "const" not in one or beside.get("const", one) == one["const"]:
        return one
    if "const" not in beside and "enum" not in beside:
        return one
    rest = {keyword: value for keyword, value in one.items() if keyword != "const"}
    return all_of(rest, {"enum": [one["const"]]})


def _named(one: Json, other: Json) -> dict[str, Any]:
    in_both = {name: _parts(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **in_both}


def _parts(one: Any, other: Any) -> Any:  # noqa: ANN401  # JSON
    if one is False or other is False:
        return False
    return {"allOf": [one, other]}


def _types(one: str | list[str], other: str | list[str]) -> list[str]:
    """Return the types that both allow; an integer is a number too."""
    first, second = _type_set(one), _type_set(other)
    shared = first & second
    if "integer" in first | second and first & _NUMBERS and second & _NUMBERS:
        shared = (shared - _NUMBERS) | {"integer"}
        if {"number"} <= first & second:
            shared = (shared - {"integer"}) | {"number"}
    return sorted(shared)


def _type_set(types: str | list[str]) -> frozenset[str]:
    return frozenset([types] if isinstance(types, str) else types)


def _values(one: list[Any], other: list[Any]) -> list[Any]:
    in_other = {text_of({"value": value}) for value in other}
    return [value for value in one if text_of({"value": value}) in in_other]


def _choices(one: list[Any], other: list[Any]) -> list[Any]:
    return [{"allOf": list(pair)} for pair in itertools.product(one, other)]


def _leading(one: list[Any], other: list[Any]) -> list[Any]:
    pairs = itertools.zip_longest(one, other, fillvalue=True)
    return [_parts(*pair) for pair in pairs]


def _together(one: object, other: object) -> str:
    return " and ".join(sorted((str(one), str(other))))


_STRICTER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(("minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("minimum", "exclusiveMinimum"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum"), min),
    **dict.fromkeys(("pattern", "format", "contentEncoding", "multipleOf"), _together),
    **dict.fromkeys(("items", "additionalProperties", "propertyNames"), _parts),
    **dict.fromkeys(("anyOf", "oneOf"), _choices),
    "prefixItems": _leading,
    "properties": _named,
    "required": lambda one, other: sorted({*one, *other}),
    "allOf": lambda one, other: [*one, *other],
    "enum": _values,
    "type": _types,
    "uniqueItems": lambda one, other: one or other,
    "not": lambda _one, _other: {},
}
