"""Which changes of a type break a client, and which do not."""

from typing import Any

import pytest

from link_kernel.contract.diff.compare import Finding, Rules, compare
from link_kernel.contract.diff.normalize import read_shape
from link_kernel.contract.operations import Direction

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer"}
OR_NULL: Json = {"anyOf": [TEXT, {"type": "null"}]}
NUMBER: Json = {"type": "number"}
OVER_0: Json = {**NUMBER, "exclusiveMinimum": 0}
NARROWED: list[tuple[Json, Json]] = [
    ({**NUMBER, "minimum": 0}, OVER_0),
    ({**NUMBER, "maximum": 9}, {**NUMBER, "exclusiveMaximum": 9}),
    (OVER_0, {**NUMBER, "minimum": 1}),
    ({**NUMBER, "exclusiveMaximum": 9}, {**NUMBER, "maximum": 8}),
    (NUMBER, OVER_0),
]
BREAKING_ENDS: list[tuple[Direction, Json, Json]] = [
    *[("request", wide, narrow) for wide, narrow in NARROWED],
    *[("answer", narrow, wide) for wide, narrow in NARROWED],
]
STRICTER: list[tuple[list[Json], Json]] = [
    ([{"minLength": 5}, {"minLength": 1}], {"type": "string", "minLength": 5}),
    ([{"maxLength": 5}, {"maxLength": 9}], {"type": "string", "maxLength": 5}),
    ([{"minimum": 0}, {"exclusiveMinimum": 0}], OVER_0),
    ([{"maximum": 3}, {**NUMBER, "maximum": 4}], {**NUMBER, "maximum": 3}),
    ([{"maxItems": 3}, {"maxItems": 4}], {"type": "array", "maxItems": 3}),
    ([NUMBER, WHOLE], WHOLE),
    ([{"type": ["string", "null"]}, TEXT], TEXT),
    ([{"enum": ["x", "y"]}, {"enum": ["y", "z"]}], {"const": "y"}),
    ([{"const": "y"}, {"enum": ["y", "z"]}], {"const": "y"}),
    ([OR_NULL, {"anyOf": [TEXT, WHOLE]}], TEXT),
    ([{"items": TEXT}, {"items": {"maxLength": 3}}], {"items": {**TEXT, "maxLength": 3}}),
    (
        [{"additionalProperties": False}, {"additionalProperties": TEXT}],
        {"additionalProperties": False},
    ),
    ([TEXT, {"allOf": [{"minLength": 2}]}], {**TEXT, "minLength": 2}),
]


def closed(required: tuple[str, ...] = (), **properties: Json) -> Json:
    """Return a closed object, as a request is."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def opened(required: tuple[str, ...] = (), **properties: Json) -> Json:
    """Return an open object, as an answer is."""
    return {"type": "object", "properties": properties, "required": list(required)}


def found(old: Json, new: Json, direction: Direction) -> list[Finding]:
    """Compare two schemas."""
    return compare(read_shape(old), read_shape(new), Rules(direction))


BREAKING: list[tuple[str, Direction, Json, Json, str]] = [
    ("a removed field", "answer", opened(("a", "b"), a=TEXT, b=TEXT), opened(("a",), a=TEXT), "b"),
    ("a removed optional field", "answer", opened(a=TEXT, b=TEXT), opened(a=TEXT), "b"),
    ("a retyped field", "answer", opened(("a",), a=TEXT), opened(("a",), a=WHOLE), "a"),
    ("a retyped field", "request", closed(("a",), a=TEXT), closed(("a",), a=WHOLE), "a"),
    ("a field that may be null", "answer", opened(("a",), a=TEXT), opened(("a",), a=OR_NULL), "a"),
    ("a field that may be absent", "answer", opened(("a",), a=TEXT), opened(a=TEXT), "a"),
    ("an unknown value", "answer", opened(a={"enum": ["x"]}), opened(a={"enum": ["x", "y"]}), "a"),
    ("a fraction", "answer", opened(a=WHOLE), opened(a={"type": "number"}), "a"),
    ("a lost promise", "answer", opened(a={**TEXT, "maxLength": 9}), opened(a=TEXT), "a"),
    ("a new required field", "request", closed(), closed(("a",), a=TEXT), "a"),
    ("a field that became required", "request", closed(a=TEXT), closed(("a",), a=TEXT), "a"),
    ("a field that is refused", "request", closed(a=TEXT), closed(), "a"),
    ("null that is refused", "request", closed(a=OR_NULL), closed(a=TEXT), "a"),
    ("a value refused", "request", closed(a={"enum": ["x", "y"]}), closed(a={"enum": ["x"]}), "a"),
    ("a lower bound", "request", closed(a=TEXT), closed(a={**TEXT, "minLength": 2}), "a"),
    (
        "a higher lower bound",
        "request",
        closed(a={**WHOLE, "minimum": 1}),
        closed(a={**WHOLE, "minimum": 2}),
        "a",
    ),
    *[
        (f"{old} to {new}", way, closed(a={**TEXT, **old}), closed(a={**TEXT, **new}), "a")
        for way, old, new in BREAKING_ENDS
    ],
    (
        "a field demanded without being named",
        "request",
        closed(a={"type": "object"}),
        closed(a={"type": "object", "required": ["b"]}),
        "a/properties/b",
    ),
    ("fields without a name", "request", closed(a=opened(b=TEXT)), closed(a=closed(b=TEXT)), "a"),
    (
        "another pattern",
        "request",
        closed(a={**TEXT, "pattern": "^a$"}),
        closed(a={**TEXT, "pattern": "^b$"}),
        "a",
    ),
    (
        "a retyped item",
        "answer",
        opened(a={"type": "array", "items": TEXT}),
        opened(a={"type": "array", "items": WHOLE}),
        "a/items",
    ),
    (
        "a field deep inside",
        "answer",
        opened(a=opened(b=opened(("c",), c=TEXT))),
        opened(a=opened(b=opened())),
        "a/properties/b/properties/c",
    ),
]

COMPATIBLE: list[tuple[str, Direction, Json, Json]] = [
    ("a new field", "answer", opened(a=TEXT), opened(a=TEXT, b=TEXT)),
    ("a field that is never null", "answer", opened(("a",), a=OR_NULL), opened(("a",), a=TEXT)),
    ("a field that is always sent", "answer", opened(a=TEXT), opened(("a",), a=TEXT)),
    ("a value less", "answer", opened(a={"enum": ["x", "y"]}), opened(a={"enum": ["x"]})),
    ("a whole number", "answer", opened(a={"type": "number"}), opened(a=WHOLE)),
    ("a new optional field", "request", closed(), closed(a=TEXT)),
    ("a field that may be left out", "request", closed(("a",), a=TEXT), closed(a=TEXT)),
    ("null that is taken", "request", closed(("a",), a=TEXT), closed(("a",), a=OR_NULL)),
    ("a value more", "request", closed(a={"enum": ["x"]}), closed(a={"enum": ["x", "y"]})),
    ("a lower lower bound", "request", closed(a={**TEXT, "minLength": 2}), closed(a=TEXT)),
    ("fields without a name", "request", closed(a=closed(b=TEXT)), closed(a=opened(b=TEXT))),
    *[
        (f"{new} to {old}", way, closed(a={**TEXT, **new}), closed(a={**TEXT, **old}))
        for way, old, new in BREAKING_ENDS
    ],
]

SAME: list[tuple[str, Json, Json]] = [
    (
        "words",
        {**TEXT, "title": "A", "description": "one", "default": "x"},
        {**TEXT, "title": "B", "description": "two"},
    ),
    ("the order", opened(("a", "b"), a=TEXT, b=WHOLE), opened(("b", "a"), b=WHOLE, a=TEXT)),
    ("a bound that another includes", {**NUMBER, "minimum": 0, "exclusiveMinimum": 0}, OVER_0),
    ("a bound between whole numbers", {**WHOLE, "exclusiveMinimum": 0.5}, {**WHOLE, "minimum": 1}),
    *[(f"the stricter of {parts}", {"allOf": parts}, whole) for parts, whole in STRICTER],
    *[(f"the stricter of {parts}", {"allOf": parts[::-1]}, whole) for parts, whole in STRICTER],
    ("the name of a part", {"$ref": "#/$defs/A", "$defs": {"A": TEXT}}, TEXT),
]


@pytest.mark.parametrize(
    ("direction", "old", "new", "place"),
    [case[1:] for case in BREAKING],
    ids=[f"{case[0]} of {case[1]}" for case in BREAKING],
)
def test_a_client_breaks_by(direction: Direction, old: Json, new: Json, place: str) -> None:
    (finding,) = [finding for finding in found(old, new, direction) if finding.breaks]

    assert finding.place == f"/properties/{place}"
    assert finding.sentence


@pytest.mark.parametrize(
    ("direction", "old", "new"),
    [case[1:] for case in COMPATIBLE],
    ids=[f"{case[0]} of {case[1]}" for case in COMPATIBLE],
)
def test_no_client_breaks_by(direction: Direction, old: Json, new: Json) -> None:
    (finding,) = found(old, new, direction)

    assert not finding.breaks


@pytest.mark.parametrize(("old", "new"), [case[1:] for case in SAME], ids=[c[0] for c in SAME])
def test_nothing_changes_by(old: Json, new: Json) -> None:
    assert found(old, new, "answer") == found(old, new, "request") == []


def test_one_of_several_shapes_that_goes_breaks_a_request_alone() -> None:
    by_id, by_name = closed(("id",), id=TEXT), closed(("name",), name=TEXT)
    either, one = {"anyOf": [by_id, by_name]}, by_id

    assert any(finding.breaks for finding in found(either, one, "request"))
    assert not any(finding.breaks for finding in found(one, either, "request"))
    assert not any(finding.breaks for finding in found(either, one, "answer"))
    assert any(finding.breaks for finding in found(one, either, "answer"))


def test_a_type_that_holds_itself_comes_to_an_end() -> None:
    tree = opened(("inner",), inner={"anyOf": [{"$ref": "#"}, {"type": "null"}]}, name=TEXT)

    assert found(tree, tree, "answer") == []
    assert any(finding.breaks for finding in found(tree, opened(("inner",), inner=TEXT), "answer"))


def test_a_reference_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is at #/"):
        read_shape({"$ref": "#/$defs/Absent"})
