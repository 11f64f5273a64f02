"""Reads a request: its JSON body, strictly and without unknown fields, and unrepeated headers."""

import asyncio
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
_BODY_WITHIN_S: Final = 20.0
_KEY_HEADER: Final = "Idempotency-Key"
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]")
_LONGEST_USER_AGENT: Final = 200
_RANDOM_KEY: Final = re.compile(r"[\x21-\x7e]{22,128}")
_WRITE_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_RANDOM_KEY_SHAPE: Final = "22 to 128 visible ASCII characters, made at random"
_WRITE_KEY_SHAPE: Final = "1 to 255 visible ASCII characters"

M = TypeVar("M", bound=BaseModel)


class _EmptyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")


async def read_body(
    request: web.Request, model: type[M], *, media_types: Collection[str] = (JSON,)
) -> M:
    """Parse the JSON body as `model`.

    Raises `UnsupportedMediaType`, or `ValidationFailed`, whose details name fields, never values.
    """
    content = await read_json(request, media_types)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ValidationFailed("shape", details={"fields": _fields(error, model)}) from error


async def read_json(request: web.Request, media_types: Collection[str]) -> object:
    """Return the JSON body of one of these types; raises as `read_body` does, but for its shape."""
    if len(request.headers.getall(hdrs.CONTENT_TYPE, ())) != 1:
        raise UnsupportedMediaType("content-type count")
    if request.content_type not in media_types:
        raise UnsupportedMediaType("content-type")
    return _parse(await read_raw_body(request))


async def read_no_body(request: web.Request, *, media_types: Collection[str] = (JSON,)) -> None:
    """Return if the request has no body, or `{}` as JSON; raise as `read_body` does otherwise."""
    if request.can_read_body:
        await read_body(request, _EmptyBody, media_types=media_types)


def single_header(request: web.Request, name: str) -> str | None:
    """Return the value of a header, `None` if it is absent; `ValidationFailed` if repeated."""
    values = request.headers.getall(name, [])
    if len(values) > 1:
        raise ValidationFailed("doubled header", details={"headers": [name]})
    return values[0] if values else None


def read_idempotency_key(request: web.Request) -> str:
    """Return the secret `Idempotency-Key`: 22 to 128 visible ASCII characters; never logged.

    Raises `IdempotencyKeyRequired` if it is absent or malformed.
    """
    key = single_header(request, _KEY_HEADER)
    if key is None or _RANDOM_KEY.fullmatch(key) is None:
        details = {"headers": [_KEY_HEADER], "expected": _RANDOM_KEY_SHAPE}
        raise IdempotencyKeyRequired("absent" if key is None else "shape", details=details)
    return key


def read_optional_idempotency_key(request: web.Request) -> str | None:
    """Return the secret `Idempotency-Key`, `None` if there is none; it is never logged.

    Raises `ValidationFailed` for a key that is not 22 to 128 visible ASCII characters.
    """
    return _optional_key(request, _RANDOM_KEY, _RANDOM_KEY_SHAPE)


def read_write_key(request: web.Request) -> str | None:
    """Return the `Idempotency-Key` of an authenticated write, `None` if there is none.

    It tells one customer's writes apart and opens nothing, so it need be no secret. Raises
    `ValidationFailed` for a key that is not 1 to 255 visible ASCII characters.
    """
    return _optional_key(request, _WRITE_KEY, _WRITE_KEY_SHAPE)


def _optional_key(request: web.Request, shape: re.Pattern[str], expected: str) -> str | None:
    key = single_header(request, _KEY_HEADER)
    if key is not None and shape.fullmatch(key) is None:
        details = {"headers": [_KEY_HEADER], "expected": expected}
        raise ValidationFailed("shape of the key", details=details)
    return key


def read_user_agent(request: web.Request) -> str:
    """Return the `User-Agent`: 200 characters at most, `?` for each that is not printable ASCII."""
    user_agent = request.headers.get(hdrs.USER_AGENT, "")[:_LONGEST_USER_AGENT]
    return _UNPRINTABLE.sub("?", user_agent)


async def read_raw_body(request: web.Request) -> bytes:
    """Return the whole body, as bytes.

    Raises `UnsupportedMediaType` for a compressed body, and `ValidationFailed` if the connection
    broke, the chunked encoding is malformed or the rest does not come, all faults of the client.
    At the end of a stop aiohttp gives up the rest: `CancelledError`, though no task is cancelled.
    """
    if any(value != "identity" for value in request.headers.getall(hdrs.CONTENT_ENCODING, ())):
        raise UnsupportedMediaType("content-encoding")
    try:
        if body := _arrived_body(request):
            return body
        async with asyncio.timeout(_BODY_WITHIN_S):
            return await request.read()
    except TimeoutError as error:
        raise ValidationFailed("the body did not end", details={"fields": ["body"]}) from error
    except (ClientPayloadError, web.RequestPayloadError, OSError) as error:
        raise ValidationFailed("the body was cut off", details={"fields": ["body"]}) from error
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        raise ValidationFailed("the body was cut off", details={"fields": ["body"]}) from error


def is_cancelled() -> bool:
    """Tell whether this very task was cancelled, rather than something it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _arrived_body(request: web.Request) -> bytes:
    """Return the body if it has arrived as a whole, as nearly every one has; else nothing.

    `read` would wait for a part that does not come, which costs several times as much.
    """
    content, length = request.content, request.content_length
    if length is None or length > MAX_BODY_BYTES or not content.is_eof():
        return b""
    body = content.read_nowait(-1)
    if body:
        request._read_bytes = body  # noqa: SLF001  # where `read` keeps it, for who reads it again
    return body


def _parse(raw: bytes) -> object:
    try:
        return parse_strict_json(raw)
    except ValueError as error:
        raise ValidationFailed(type(error).__name__, details={"fields": ["body"]}) from error


def _fields(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return the names of the invalid fields; a name the client invented is `unknown field`."""
    return sorted({_field_path(fault["loc"], model) for fault in error.errors()})


def _field_path(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Return the path of a field, such as `address.city`, in names of the contract only."""
    if not location:
        return "body"
    name = str(location[0])
    if name not in model.model_fields:
        return "unknown field"
    nested = _nested_model(model.model_fields[name].annotation)
    if nested is None or len(location) == 1:
        return name
    return f"{name}.{_field_path(location[1:], nested)}"


def _nested_model(annotation: object) -> type[BaseModel] | None:
    """Return the model in a field's annotation, such as `Address | None`; `None` if it has none."""
    types = (annotation, *get_args(annotation))
    return next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
