"""The fault of a setting as one line: which setting, the cause, and what it takes instead."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from link_kernel.errors import InvalidSetting
from link_kernel.observability.logs import masked
from link_kernel.settings.secret_files import SUFFIX

_URL_LOGIN: Final = re.compile(r"://([^/\s]*)@")
_MASK: Final = "***"
# A value this short, such as `live` or `4242`, is no secret and occurs in ordinary sentences.
_SHORT: Final = 6


def unknown(name: str, named: Collection[str]) -> str:
    """Return the fault for a variable that is no setting, with the closest name that is one."""
    setting = name.upper().removesuffix(SUFFIX)
    if name.upper().endswith(SUFFIX) and setting in named:
        return f"{name}: is not a setting; use {setting}"
    is_file = name.upper().endswith(SUFFIX)
    near = difflib.get_close_matches(setting, named, n=1, cutoff=0.8)
    hint = f"; did you mean {near[0]}{SUFFIX if is_file else ''}?" if near else ""
    return f"{name}: is not a setting{hint}"


def unreadable(value: str) -> str | None:
    """Return what is wrong with a value whichever setting has it; `None` if nothing is."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return "stands in quotes, which are a part of it, as in Docker's --env-file: leave them out"
    if value.startswith('["'):
        return "is a JSON list: write its entries alone, with commas between"
    if value.encode("utf-8", "replace").decode() != value:
        return "must be UTF-8"
    return None


class Reading(NamedTuple):
    """What is read: the variables with this prefix, as `model` has them."""

    prefix: str
    model: type[BaseModel]
    given: Mapping[str, str]
    environ: Mapping[str, str]


def fault_of(error: ErrorDetails, reading: Reading) -> str:
    """Return a validation error as one line; an error of the whole model names the prefix."""
    prefix, given = reading.prefix, reading.given
    field = str(error["loc"][0]) if error["loc"] else ""
    name = f"{prefix}_{field.upper()}" if field else f"{prefix}_*"
    if error["type"] == "missing":
        return f"{name}: is required{_set_by_another_name(name, reading)}"
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, InvalidSetting):
        return str(cause) if not field and str(cause).startswith(prefix) else f"{name}: {cause}"
    words = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if error["type"] in {"value_error", "assertion_error"}:  # pydantic's own messages hold no value
        quoted = (
            [given[field]] if field in given else [v for v in given.values() if len(v) > _SHORT]
        )
        words = _without(quoted, words)
    elif field:
        words = _in_our_words(error, reading.model.model_fields[field]) or words
    return f"{name}: {masked(' '.join(words.split()))}"


def _set_by_another_name(name: str, reading: Reading) -> str:
    """Return a hint to a variable without our prefix whose name is nearly that of a setting."""
    own = f"{reading.prefix}_"  # of these, each is told that is no setting
    others = {other.upper(): other for other in reading.environ if not other.startswith(own)}
    near = difflib.get_close_matches(name, others, n=1, cutoff=0.9)
    return f"; {others[near[0]]} is set, which nobody reads" if near else ""


def _in_our_words(error: ErrorDetails, field: FieldInfo) -> str | None:
    """Return a fault of a number or a word by what the setting takes; `None` for other faults."""
    if error["type"] == "literal_error":
        words: str = error["ctx"]["expected"]
        return "must be " + words.replace("'", "")
    if not error["type"].startswith(("int_", "greater_", "less_")):
        return None
    infos = list(_field_infos(field))
    bounds = {kind: value for one in infos for kind, value in _bounds(one)}
    unit = next((f" of {one.description}" for one in infos if one.description), "")
    if "ge" not in bounds:
        return None
    most = f"to {bounds['le']}" if "le" in bounds else "on"
    return f"must be a whole number{unit}, from {bounds['ge']} {most}"


def _field_infos(field: FieldInfo) -> Iterator[FieldInfo]:
    """Yield what is said of a field, and of the types in it: `Milliseconds | None` has two."""
    yield field
    for part in (inner for kind in get_args(field.annotation) for inner in get_args(kind)):
        if isinstance(part, FieldInfo):
            yield part


def _bounds(field: FieldInfo) -> Iterator[tuple[str, int]]:
    for kind in ("ge", "le"):
        yield from ((kind, getattr(one, kind)) for one in field.metadata if hasattr(one, kind))


def _without(values: Iterable[str], words: str) -> str:
    """Return `words` with the values masked, and the credentials of values that are URLs."""
    hidden = {part for value in values for part in (value, *_logins(value))}
    for part in sorted(hidden, key=len, reverse=True):
        words = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", _MASK, words)
    return words


def _logins(value: str) -> Iterator[str]:
    """Yield the user name, the password and `user:password` of every URL in `value`."""
    for login in _URL_LOGIN.findall(value):
        yield from filter(None, {login, *login.split(":", 1)})
