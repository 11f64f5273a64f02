"""Reading a request: its JSON body, closed and strict, and headers that may stand only once."""

import re
from collections.abc import Collection
from typing import Final, TypeVar

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
    content = _parse(await received(request))
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
    key = read_optional_idempotency_key(request)
    if key is None:
        raise IdempotencyKeyRequired("absent")
    return key


def read_optional_idempotency_key(request: web.Request) -> str | None:
    """Return the `Idempotency-Key` as `read_idempotency_key`, `None` where there is none."""
    key = single_header(request, "Idempotency-Key")
    if key is not None and _IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise IdempotencyKeyRequired("shape")
    return key


async def received(request: web.Request) -> bytes:
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
    known = model.model_fields
    names = (str(fault["loc"][0]) if fault["loc"] else "body" for fault in error.errors())
    return sorted({name if name in known or name == "body" else "unknown field" for name in names})
