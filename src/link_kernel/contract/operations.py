"""Describes an API: one table of its operations, from which all its documents are made."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel

from link_kernel.errors import ApiError

Direction = Literal["request", "answer"]
Method = Literal["GET", "POST", "DELETE"]
Place = Literal["header", "query", "path"]
Schema = Mapping[str, Any]
Handler = Callable[..., Awaitable[Any]]
"""What a server calls for an operation; the documents know nothing of it."""

JSON_TYPE: Final = "application/json"
NO_STORE: Final = {"Cache-Control": "`no-store`."}


@dataclass(frozen=True, slots=True)
class WireType:
    """A message that goes one way: clients send a request, they read an answer."""

    model: type[BaseModel]
    direction: Direction

    @property
    def name(self) -> str:
        """The name it has in the contract."""
        return self.model.__name__


@dataclass(frozen=True, slots=True)
class Parameter:
    """A header, or a part of the query or the path."""

    name: str
    where: Place
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    required: bool = True


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A way to say who calls; `names` are security schemes, each of which would do.

    `headers` go with it, and `refusals` are what it may be answered.
    """

    names: tuple[str, ...]
    schemes: Mapping[str, Schema]
    refusals: tuple[type[ApiError], ...]
    headers: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """A successful response: a model, a list of it, or a schema of another standard.

    Without `content` the data is `{}`.
    """

    content: type[BaseModel] | Schema | None = None
    status: HTTPStatus = HTTPStatus.OK
    in_envelope: bool = True
    is_list: bool = False
    description: str = "Done."
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> type[BaseModel] | None:
        """The wire type it shows, if it is one of ours."""
        return self.content if isinstance(self.content, type) else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path; without a `request` there is no body, or it may be left out.

    A `request` of another standard is a schema. `credentials` are alternatives, and `is_open` says
    that a call may come without any. `handler` is what a service mounts for the operation; no
    document shows it.
    """

    method: Method
    path: str
    summary: str
    answers: tuple[ResponseSpec, ...]
    request: type[BaseModel] | Schema | None = None
    media_types: tuple[str, ...] = (JSON_TYPE,)
    takes_empty_body: bool = False
    refusals: tuple[type[ApiError], ...] = ()
    credentials: tuple[SecurityScheme, ...] = ()
    is_open: bool = False
    parameters: tuple[Parameter, ...] = ()
    handler: Handler | None = None

    @property
    def takes_body(self) -> bool:
        """Whether a body may come."""
        return self.request is not None or self.takes_empty_body


@dataclass(frozen=True, slots=True)
class ApiDescription:
    """All of a service: its operations, and wire types that stand in none of them.

    `refusals` may answer any operation, `body_refusals` any that takes a body.
    """

    name: str
    title: str
    description: str
    operations: tuple[Operation, ...]
    refusals: tuple[type[ApiError], ...] = ()
    body_refusals: tuple[type[ApiError], ...] = ()
    types: tuple[WireType, ...] = ()
    messages: Mapping[str, WireType] = field(default_factory=dict)

    def wire_types(self) -> dict[str, WireType]:
        """Return every wire type by its name; raises `ValueError` where a name has two."""
        found: dict[str, WireType] = {}
        for wire_type in (*self._spoken(), *self.types):
            if found.setdefault(wire_type.name, wire_type) != wire_type:
                raise ValueError(f"{self.name}: {wire_type.name} stands for two wire types")
        return found

    def refusals_of(self, operation: Operation) -> tuple[type[ApiError], ...]:
        """Return what an operation may be refused with, each once, by code."""
        of_body = self.body_refusals if operation.takes_body else ()
        of_credentials = [one for shown in operation.credentials for one in shown.refusals]
        every = {*self.refusals, *of_body, *of_credentials, *operation.refusals}
        return tuple(sorted(every, key=lambda refusal: refusal.code))

    def _spoken(self) -> Iterator[WireType]:
        for operation in self.operations:
            if isinstance(operation.request, type):
                yield WireType(operation.request, "request")
            for answer in operation.answers:
                if answer.model is not None:
                    yield WireType(answer.model, "answer")


def idempotency_key(description: str, *, required: bool) -> Parameter:
    """Return the header `Idempotency-Key` of an operation whose key is a secret."""
    return _key(description, r"^[\x21-\x7e]{22,128}$", required=required)


def write_key(description: str) -> Parameter:
    """Return the header `Idempotency-Key` of an authenticated write, whose key is no secret."""
    return _key(description, r"^[\x21-\x7e]{1,255}$", required=False)


def _key(description: str, pattern: str, *, required: bool) -> Parameter:
    schema = {"type": "string", "pattern": pattern}
    return Parameter("Idempotency-Key", "header", description, schema, required=required)
