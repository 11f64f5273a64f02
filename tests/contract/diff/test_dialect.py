"""Spellings of JSON Schema by pydantic and by zod are normalised to the same schema."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from link_kernel.contract.diff.compare import Rules, compare
from link_kernel.contract.diff.normalize import ANYTHING, Alternative, read_shape
from link_kernel.contract.json_schema import schema_of
from link_kernel.contract.operations import WireType
from tests.contract.node import run_node


class Shared(BaseModel):
    """Stands in two places."""

    name: str


class Nullable(BaseModel):
    """A field that may be null."""

    a: str | None


class Whole(BaseModel):
    """An integer, which zod bounds."""

    a: int


class Positive(BaseModel):
    """An exclusive bound."""

    a: int = Field(gt=0)


class Bounded(BaseModel):
    """A text of some length."""

    a: str = Field(min_length=2, max_length=9)


class Instant(BaseModel):
    """A format, beside which zod writes a pattern."""

    a: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Digits(BaseModel):
    """A pattern in another spelling."""

    a: str = Field(pattern="^[0-9]{6}$")


class One(BaseModel):
    """One value."""

    a: Literal["x"]


class Enumerated(BaseModel):
    """One of two values."""

    a: Literal["x", "y"]


class Optional(BaseModel):
    """A field that may be absent."""

    a: bool = True


class Listed(BaseModel):
    """A list."""

    a: list[float] = Field(max_length=3)


class KeyedServices(BaseModel):
    """Any keys."""

    a: dict[str, int]


class Closed(BaseModel):
    """Nothing but what is named."""

    model_config = ConfigDict(extra="forbid")

    a: str


class Anything(BaseModel):
    """Whatever."""

    a: Any


class Numbered(BaseModel):
    """One number."""

    a: Literal[1]


class Pair(BaseModel):
    """Two fields and no other."""

    model_config = ConfigDict(extra="forbid")

    x: int
    y: int


class Recorded(BaseModel):
    """What zod writes as a record of every name."""

    a: Pair


class Partly(BaseModel):
    """Some of two names."""

    a: dict[Literal["x", "y"], int]


class KindX(BaseModel):
    """One branch."""

    kind: Literal["x"]


class KindY(BaseModel):
    """Another branch."""

    kind: Literal["y"]
    b: str


class Told(BaseModel):
    """Branches that a field tells apart."""

    a: Annotated[KindX | KindY, Field(discriminator="kind")]


class Sharing(BaseModel):
    """A part by reference."""

    a: Shared
    b: Shared | None


OURS: dict[str, type[BaseModel]] = {
    "nullable": Nullable,
    "whole": Whole,
    "positive": Positive,
    "bounded": Bounded,
    "instant": Instant,
    "digits": Digits,
    "one": One,
    "either": Enumerated,
    "enumerated": Enumerated,
    "optional": Optional,
    "defaulted": Optional,
    "listed": Listed,
    "keyed": KeyedServices,
    "closed": Closed,
    "anything": Anything,
    "numbered": Numbered,
    "recorded": Recorded,
    "partly": Partly,
    "told": Told,
    "shared": Sharing,
}


@pytest.fixture(scope="module")
def theirs() -> Any:  # noqa: ANN401  # JSON
    """The shapes as zod writes them."""
    return run_node("dialects.js")


def test_zod_and_pydantic_are_read_alike(theirs: dict[str, Any]) -> None:
    assert theirs.keys() == OURS.keys()
    for name, model in OURS.items():
        ours = read_shape(schema_of(WireType(model, "request")))
        assert read_shape(theirs[name], consumers="request") == ours, name


def test_every_pair_of_different_shapes_differs(theirs: dict[str, Any]) -> None:
    same = [{"either", "enumerated"}, {"optional", "defaulted"}]
    for name, schema in theirs.items():
        for other, model in OURS.items():
            if name == other or {name, other} in same:
                continue
            shapes = (
                read_shape(schema, consumers="request"),
                read_shape(schema_of(WireType(model, "request"))),
            )
            found = [compare(*shapes, Rules(way)) for way in ("request", "answer")]
            assert all(found), (name, other)


def test_parts_that_must_all_hold_are_one_shape() -> None:
    whole = read_shape(
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"a": {"minLength": 2}, "b": {}}, "required": ["b"]},
            ]
        }
    )

    (found,) = whole
    assert found.required == {"a", "b"}
    assert found.properties == {
        "a": (Alternative("string", bounds={"minLength": 2}),),
        "b": ANYTHING,
    }


def test_what_can_never_be_is_no_alternative() -> None:
    assert read_shape({"anyOf": [{"type": "string"}, {"not": {}}]}) == (Alternative("string"),)
    assert read_shape({"anyOf": [{"type": "string"}, False]}) == (Alternative("string"),)
    assert read_shape(True) == ANYTHING  # noqa: FBT003  # a schema
