"""Reading a request: its JSON body, closed and strict, and headers that may stand only once."""

import re
from collections.abc import Collection
from typing import Final, TypeVar, get_args

from aiohttp import ClientPayloadError, hdrs, web
from pydantic import BaseModel, ConfigDict, ValidationError

from link_kernel.errors import (
    IdempotencyKeyRequired,
    UnsupportedMediaType,
    ValidationFailed,
)
from link_kernel.strict_json import parse_strict_json

JSON: Final = "application/json"
MAX_BODY_BYTES: Final = 16 * 1024
_KEY_HEADER: Final = "Idempotency-Key"
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{22,128}")

M = TypeVar("M", bound=BaseModel)


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


async def read_body(
    request: web.Request, model: type[M], *, media_types: Collection[str] = (JSON,)
) -> M:
    """Return the JSON body as `model`.

    Raises `UnsupportedMediaType`, or `ValidationFailed` whose details name fields, never values.
    """
    if len(request.headers.getall(hdrs.CONTENT_TYPE, ())) != 1:
        raise UnsupportedMediaType("content-type count")
    if request.content_type not in media_types:
        raise UnsupportedMediaType("content-type")
    content = _parse(await read_raw_body(request))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ValidationFailed("shape", details={"fields": _fields(error, model)}) from error


async def read_no_body(request: web.Request) -> None:
    """Return for a request without a body, or with `{}` as JSON; raise as `read_body` otherwise."""
    if request.can_read_body:
        await read_body(request, _Nothing)


def single_header(request: web.Request, name: str) -> str | None:
    """Return a header that may stand once at most; `ValidationFailed` where it stands twice."""
    values = request.headers.getall(name, [])
    if len(values) > 1:
        raise ValidationFailed("doubled header", details={"headers": [name]})
    return values[0] if values else None


def read_idempotency_key(request: web.Request) -> str:
    """Return the `Idempotency-Key`: 22 to 128 visible characters; it is never logged."""
    key = single_header(request, _KEY_HEADER)
    if key is None or _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise IdempotencyKeyRequired("absent" if key is None else "shape")
    return key


def read_optional_idempotency_key(request: web.Request) -> str | None:
    """Return the `Idempotency-Key` where there is one; it is never logged.

    Raises `ValidationFailed` for one that is not 22 to 128 visible characters.
    """
    key = single_header(request, _KEY_HEADER)
    if key is not None and _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise ValidationFailed("shape of the key", details={"headers": [_KEY_HEADER]})
    return key


async def read_raw_body(request: web.Request) -> bytes:
    """Return the whole body.

    Raises `UnsupportedMediaType` for an encoded one, and `ValidationFailed` where the connection
    was cut off or the chunks are none: the caller's fault, not ours.
    """
    if any(value != "identity" for value in request.headers.getall(hdrs.CONTENT_ENCODING, ())):
        raise UnsupportedMediaType("content-encoding")
    try:
        return await request.read()
    except (ClientPayloadError, web.RequestPayloadError, OSError) as error:
        raise ValidationFailed("the body was cut off", details={"fields": ["body"]}) from error


def _parse(raw: bytes) -> object:
    try:
        return parse_strict_json(raw)
    except ValueError as error:
        raise ValidationFailed(type(error).__name__, details={"fields": ["body"]}) from error


def _fields(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Name the fields at fault; a name of the caller's own is shown as `unknown field`."""
    return sorted({_place(fault["loc"], model) for fault in error.errors()})


def _place(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Name a field by the contract's names alone, a part's by its path: `address.city`."""
    if not location:
        return "body"
    name = str(location[0])
    if name not in model.model_fields:
        return "unknown field"
    part = _part(model.model_fields[name].annotation)
    if part is None or len(location) == 1:
        return name
    return f"{name}.{_place(location[1:], part)}"


def _part(annotation: object) -> type[BaseModel] | None:
    """Return the model of a field that holds one, or none as well."""
    kinds = (annotation, *get_args(annotation))
    return next(
        (one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)), None
    )
