"""Structured logging with redaction by allow-list: no secret and no contact reaches a log.

A field that is not listed here is dropped. Of the arguments of a message, as libraries have them,
small numbers and kinds of objects are told alone. Of an exception the type and the stack are
written but not the message, which may quote SQL parameters, addresses or one-time codes. In
addition, text that looks like a token or a contact is masked.
"""

import json
import logging
import math
import re
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal

import orjson

from link_kernel.observability.log_writer import KNOWN_FIELDS, LogWriter

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)

ALLOWED_FIELDS: Final = (
    "request_id",
    "trace_id",
    "method",
    "route",  # the pattern, as in `/addresses/{id}`; never the path or query of a request
    "status",
    "code",
    "outcome",
    "event",
    "detail",
    "reason",
    "duration_ms",
    "retry_after_s",
    "attempt",
    "count",
    "business_id",
    "session_id",
    "link_session_id",
    "element",
    "origin",
    "mode",
    "kid",
    "setting",
    *("host", "port", "version"),
)

_POSITIONS: Final = {name: position for position, name in enumerate(ALLOWED_FIELDS)}
_MAX_READ: Final = 1024
_MAX_TEXT: Final = 500
_MAX_FRAMES: Final = 30
_MAX_CAUSES: Final = 8
_FIRST_CODE: Final = 100_000  # a one-time code has six digits, and a phone number more
_SECRET: Final = re.compile(
    r"(?P<token>(?:lnk|rfr|elb|elr)_)[A-Za-z0-9_-]{8,}"
    r"|(?P<jwt>eyJ)[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*"
    r"|(?P<login>://)[^\s/]*@"
    r"|[^\s@<>\"'(),:;=\[\]/]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|(?:\+|%2B)[1-9](?:[ ().-]?\d){6,}"  # a phone number (E.164), also in groups
)
_HINT: Final = re.compile(r"lnk_|rfr_|elb_|elr_|eyJ|@|%40|\+|%2B")
_MASK: Final = "***"

Format = Literal["json", "human"]
_Scalar = str | int | float | bool | None


def masked(text: str) -> str:
    """Return `text` with tokens, JWTs, logins in URLs, e-mail addresses and phone numbers masked.

    A second line of defence: code must not pass secrets or contacts to a log in the first place.
    """
    if not _HINT.search(text):  # fast path: true of nearly every field
        return text
    return _SECRET.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    """Mask a secret, but keep the prefix that tells its kind."""
    if found["login"]:
        return f"://{_MASK}@"
    return f"{found['token'] or found['jwt'] or ''}{_MASK}"


def configure_logs(log_format: Format, level: str) -> None:
    """Write all logs of the process to standard error, in this format, from `level` upwards.

    `level` is a level name of `logging`, in any letter case; `ValueError` for any other. aiohttp's
    access log is disabled, because it holds raw paths and queries.
    """
    _skip_what_no_line_holds()
    handler = LogWriter(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else HumanFormatter())
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.handlers[:] = [handler]
    logging.getLogger("aiohttp.access").disabled = True


def _known_record(message: str, *fields: str) -> dict[str, object]:
    """Return the attributes of a record at level `info` that has these fields."""
    record = logging.makeLogRecord(
        {"levelno": logging.INFO, "levelname": "INFO", "msg": message, KNOWN_FIELDS: fields}
    )
    return vars(record) | dict.fromkeys(fields)


_REQUEST: Final = _known_record(
    "request", "request_id", "trace_id", "method", "route", "status", "duration_ms"
)
_REFUSED: Final = _known_record("refused", "request_id", "code", "detail")


def log_request(logger: logging.Logger, **fields: _Scalar) -> None:
    """Write a line of the access log with the fields of `_REQUEST`; `trace_id` may be `None`."""
    _log_known(logger, _REQUEST, fields)


def log_refusal(logger: logging.Logger, **fields: _Scalar) -> None:
    """Write why a request was refused: `request_id`, `code` and `detail`."""
    _log_known(logger, _REFUSED, fields)


def _log_known(
    logger: logging.Logger, attributes: dict[str, object], fields: dict[str, _Scalar]
) -> None:
    """Write a line whose record is copied, since to make one takes longer than the rest of a line.

    It has no caller, process or thread, which no line holds.
    """
    if logger.isEnabledFor(logging.INFO):
        record = logging.LogRecord.__new__(logging.LogRecord)
        created = time.time()  # noqa: TID251  # as every record of `logging`
        record.__dict__.update(attributes, name=logger.name, created=created, **fields)
        record.msecs = created % 1 * 1000
        logger.handle(record)


def _skip_what_no_line_holds() -> None:
    """Let records be made without caller, thread, process and task (`logging`, Optimization)."""
    logging._srcfile = None  # noqa: SLF001  # as its manual says
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False


class JsonFormatter(logging.Formatter):
    """JSON Lines: time (RFC 3339, UTC), level, logger, message, fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **_fields(record),
        }
        if error := _error(record):
            line["exception"] = _type_name(error)
            line["traceback"] = list(_trace(error))
        return _json(line)


class HumanFormatter(logging.Formatter):
    """Text for a developer's terminal: one line a record, with the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text; field values are escaped, so none can start a new line."""
        fields = "".join(f" {name}={json.dumps(value)}" for name, value in _fields(record).items())
        time = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        lines = [f"{time} {record.levelname:<7} {record.name}: {_message(record)}{fields}"]
        if error := _error(record):
            lines += [f"    {line}" for line in _trace(error)]
        return "\n".join(lines)


def _json(line: dict[str, object]) -> str:
    """Return JSON in ASCII; `orjson` is quick, and `json` escapes what it would write raw."""
    try:
        text = orjson.dumps(line)
    except TypeError:  # a lone surrogate
        text = b"\x80"
    return text.decode() if text.isascii() else json.dumps(line, separators=(",", ":"))


@lru_cache(maxsize=4)
def _second(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _message(record: logging.LogRecord) -> str:
    """Return the first line of the message, without what its arguments say.

    asyncio, for example, writes the representation of the objects concerned on the further lines.
    """
    text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if record.args:
        text = _interpolated(text, record.args)
    return _first_line(text[:_MAX_READ])


def _interpolated(template: str, arguments: tuple[object, ...] | Mapping[str, object]) -> str:
    """Put what may be told of the arguments into a template; one that does not fit stays as it is.

    That is so of `%d`, too, where the number may not be told.
    """
    try:
        if not isinstance(arguments, Mapping):
            return template % tuple(map(_told, arguments))
        if "%(" not in template:  # one argument, whose names may be anything
            return template % _told(arguments)
        return template % {name: _told(value) for name, value in arguments.items()}
    except (TypeError, ValueError, KeyError):
        return template


def _told(argument: object) -> object:
    """Return a number, or what stands for an argument whose text may be a secret."""
    if argument is None or isinstance(argument, bool):
        return argument
    if isinstance(argument, int | float):
        small = abs(argument) < _FIRST_CODE
        return (float if isinstance(argument, float) else int)(argument) if small else _Hidden()
    is_text = isinstance(argument, str | bytes)
    return _Hidden() if is_text else _Hidden(f"<{type(argument).__name__}>")


@dataclass(frozen=True, slots=True, repr=False)
class _Hidden:
    """Stands for an argument in a message."""

    text: str = _MASK

    def __repr__(self) -> str:
        return self.text


@lru_cache(maxsize=256)
def _first_line(text: str) -> str:
    line = text.partition("\n")[0]
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " for c in line)
    return _clean(line)


def _fields(record: logging.LogRecord) -> dict[str, _Scalar]:
    """Return the allowed extra fields whose values are scalars, the request id first."""
    given = record.__dict__
    names = given.get(KNOWN_FIELDS)
    if names is None:
        given.setdefault("request_id", REQUEST_ID.get())
        names = sorted(_POSITIONS.keys() & given.keys(), key=_POSITIONS.__getitem__)
    fields: dict[str, _Scalar] = {}
    for name in names:
        value = given[name]
        if isinstance(value, str):
            fields[name] = _clean(value)
        elif isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            fields[name] = value
    return fields


def _clean(text: str) -> str:
    """Return text with secrets masked, cut to at most 500 characters."""
    return masked(text[:_MAX_READ])[:_MAX_TEXT]


def _error(record: logging.LogRecord) -> BaseException | None:
    """Return the exception that the record reports, if any."""
    return record.exc_info[1] if record.exc_info else None


def _type_name(error: BaseException) -> str:
    """Return the qualified name of an exception's class, without `builtins.`."""
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def _trace(error: BaseException) -> Iterator[str]:
    """Yield the stack frames of an exception and of its causes, innermost last."""
    cause: BaseException | None = error
    for depth in range(_MAX_CAUSES):
        if cause is None:
            return
        yield f"{'caused by ' if depth else ''}{_type_name(cause)}"
        steps = traceback.StackSummary.extract(
            traceback.walk_tb(cause.__traceback__), lookup_lines=False, capture_locals=False
        )
        for step in steps[-_MAX_FRAMES:]:
            yield f"at {step.filename}:{step.lineno} in {step.name}"
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
