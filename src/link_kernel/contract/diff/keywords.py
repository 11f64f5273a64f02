"""The JSON Schema keywords that the comparison supports; any other keyword is an error.

An unsupported keyword must not be ignored, because a change in it could break a client unnoticed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

_TYPES: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
# Annotations do not restrict the value.
_ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default"}
    | {"example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator"}
)
_EXTENSION: Final = "x-"
_PARTS: Final = frozenset({"items", "additionalProperties", "propertyNames"})
_LISTS_OF_PARTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})


def _is_schema(value: object) -> bool:
    return isinstance(value, Mapping | bool)


def _is_list_of_schemas(value: object) -> bool:
    return isinstance(value, list) and all(_is_schema(one) for one in value)


def _are_named_schemas(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_schema(one) for one in value.values())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: object) -> bool:
    named = value if isinstance(value, list) else [value]
    return all(isinstance(one, str) and one in _TYPES for one in named)


_FORMS: Final[dict[str, Callable[[object], bool]]] = {
    **dict.fromkeys(_PARTS, _is_schema),
    **dict.fromkeys(_LISTS_OF_PARTS, _is_list_of_schemas),
    **dict.fromkeys(("$ref", "pattern", "format", "contentEncoding"), _is_text),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _is_number),
    **dict.fromkeys(("minProperties", "maxProperties", "multipleOf"), _is_number),
    "properties": _are_named_schemas,
    "required": _are_texts,
    "type": _is_type,
    "enum": lambda value: isinstance(value, list),
    "const": lambda _value: True,
    "uniqueItems": lambda value: isinstance(value, bool),
    "not": lambda value: value == {},
}


def check_keywords(schema: object, document: object, place: str = "#") -> None:
    """Check a schema and every schema it refers to in `document`.

    Raises `ValueError`, with the place, for an unsupported keyword, for an unsupported value of a
    keyword, and for a reference that cannot be resolved.
    """
    _check(schema, document, place, set())


def _check(schema: object, document: object, place: str, seen: set[str]) -> None:
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in _ANNOTATIONS or keyword.startswith(_EXTENSION):
            continue
        if keyword not in _FORMS:
            raise ValueError(f"at {place} the keyword {keyword} is not understood")
        if not _FORMS[keyword](value):
            raise ValueError(f"at {place} the keyword {keyword} is not understood as it stands")
        if keyword == "$ref" and value not in seen:
            seen.add(value)
            _check(resolve(document, value), document, value, seen)
        for name, part in _parts_of(keyword, value).items():
            _check(part, document, f"{place}/{name}", seen)


def _parts_of(keyword: str, value: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    if keyword in _PARTS:
        return {keyword: value}
    if keyword in _LISTS_OF_PARTS:
        return {f"{keyword}/{index}": part for index, part in enumerate(value)}
    if keyword == "properties":
        return {f"{keyword}/{escaped(name)}": part for name, part in value.items()}
    return {}


def escaped(name: str) -> str:
    """Return a name escaped for a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def resolve(document: Any, ref: str) -> Any:  # noqa: ANN401  # JSON
    """Resolve a local reference in `document`; raises `ValueError` if its target is missing."""
    target = document
    pointer = ref.removeprefix("#")
    for part in pointer.split("/")[1:] if ref.startswith("#") else [ref]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, Mapping) or name not in target:
            raise ValueError(f"nothing is at {ref}")
        target = target[name]
    return target
