"""`diff` refuses schemas with keywords it does not understand, which could hide a break."""

import json
from pathlib import Path
from typing import Any

import pytest

from link_kernel.contract.diff.compare import Rules, compare
from link_kernel.contract.diff.contract_error import ContractError
from link_kernel.contract.diff.folders import compare_paths
from link_kernel.contract.diff.normalize import read_shape
from link_kernel.contract.operations import Direction

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
PAIR: Json = {"type": "array", "prefixItems": [TEXT, TEXT], "items": False}

UNKNOWN: list[tuple[str, object]] = [
    ("not", {"type": "null"}),
    ("if", {"required": ["a"]}),
    ("then", {"required": ["b"]}),
    ("else", {"required": ["c"]}),
    ("contains", TEXT),
    ("minContains", 2),
    ("unevaluatedProperties", False),
    ("unevaluatedItems", False),
    ("patternProperties", {"^a": TEXT}),
    ("dependentRequired", {"a": ["b"]}),
    ("dependentSchemas", {"a": TEXT}),
    ("dependencies", {"a": ["b"]}),
    ("additionalItems", False),
    ("$dynamicRef", "#a"),
    ("nullable", True),
    ("items", [TEXT, TEXT]),
    ("exclusiveMinimum", True),
    ("type", "text"),
    ("required", True),
]
PLACES: dict[str, Any] = {
    "a field": lambda part: {"properties": {"a": part}},
    "an item": lambda part: {"items": part},
    "a leading item": lambda part: {"prefixItems": [part]},
    "any other field": lambda part: {"additionalProperties": part},
    "a name": lambda part: {"propertyNames": part},
    "an alternative": lambda part: {"anyOf": [TEXT, part]},
    "one of several": lambda part: {"oneOf": [TEXT, part]},
    "a part": lambda part: {"allOf": [part]},
    "what is referred to": lambda part: {"$ref": "#/$defs/A", "$defs": {"A": part}},
}


@pytest.mark.parametrize(("keyword", "value"), UNKNOWN, ids=[name for name, _ in UNKNOWN])
@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize("is_consumers", [True, False], ids=["a consumer's", "ours"])
def test_a_keyword_that_is_not_understood_is_refused_by_name(
    keyword: str,
    value: object,
    side: str,
    is_consumers: bool,  # noqa: FBT001  # a case
    tmp_path: Path,
) -> None:
    for name in ("old", "new"):
        schema = {"properties": {"a": {keyword: value} if name == side else {}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))

    with pytest.raises(ContractError, match=f"keyword {keyword.replace('$', '.')} is not und"):
        compare_paths(tmp_path / "old.json", tmp_path / "new.json", is_consumers=is_consumers)


@pytest.mark.parametrize("around", PLACES.values(), ids=PLACES.keys())
def test_it_is_refused_wherever_it_stands(around: Any) -> None:  # noqa: ANN401  # JSON
    with pytest.raises(ValueError, match="the keyword contains is not understood"):
        read_shape(around({"contains": TEXT}))


def test_it_is_refused_in_an_openapi_document_with_its_place(tmp_path: Path) -> None:
    answer = {"content": {"application/json": {"schema": {"type": "string", "nullable": True}}}}
    document = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": answer}}}}}
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document))

    with pytest.raises(ContractError, match=r"200.*: at # the keyword nullable is not underst"):
        compare_paths(path, path)


def test_words_and_extensions_are_no_keywords_and_data_is_not_searched_for_any() -> None:
    words = {"title": "A", "description": "a", "examples": [1], "deprecated": True, "x-own": 1}
    data = {"default": {"not": 1}, "enum": [{"contains": 1}], "properties": {"not": TEXT}}

    assert read_shape({**words, **data, "$comment": "b"})


@pytest.mark.parametrize("direction", ["request", "answer"])
def test_a_pattern_beside_a_format_counts_except_in_what_zod_writes(direction: Direction) -> None:
    old = {**TEXT, "format": "date-time", "pattern": "^a"}
    new = {**TEXT, "format": "date-time", "pattern": "^b"}
    plain = {**TEXT, "format": "date-time"}

    (finding,) = compare(read_shape(old), read_shape(new), Rules(direction))
    assert finding.breaks
    assert read_shape(old, consumers=direction) == read_shape(plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"prefixItems": [TEXT, TEXT]}, {"prefixItems": [TEXT, {"type": "integer"}]}),
        ({"prefixItems": [TEXT]}, {"prefixItems": [TEXT, TEXT]}),
        ({"prefixItems": [TEXT, TEXT]}, {"prefixItems": [TEXT]}),
        ({"items": TEXT}, {"prefixItems": [{"type": "integer"}], "items": TEXT}),
        (PAIR, {"type": "array"}),
        (PAIR, {}),
    ],
)
def test_a_change_of_leading_items_breaks_an_answer(old: Json, new: Json) -> None:
    findings = compare(read_shape(old), read_shape(new), Rules("answer"))

    assert any(finding.breaks for finding in findings)


def test_a_change_of_what_names_may_be_is_judged() -> None:
    def keyed(**names: object) -> Json:
        return {"type": "object", "propertyNames": names}

    long, longer = keyed(minLength=2), keyed(minLength=3)
    ways: list[tuple[Json, Json, Direction]] = [(long, longer, "request"), (longer, long, "answer")]
    for old, new, direction in ways:
        (finding,) = compare(read_shape(old), read_shape(new), Rules(direction))
        assert finding.breaks
        (finding,) = compare(read_shape(new), read_shape(old), Rules(direction))
        assert not finding.breaks
    assert read_shape(keyed(**TEXT)) == read_shape({"type": "object"})
