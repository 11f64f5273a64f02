"""The file of all businesses, for version control and backups (docs/session-store.md)."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails

from elements_bridge.businesses.business import BUSINESS_ID_RULE, is_business_id
from elements_bridge.businesses.countries import known_country
from elements_bridge.businesses.entries import MAX_ENTRIES, EntryError, OriginEntry
from elements_bridge.businesses.store import DpopPolicy, ReloadPolicy, StoredBusiness
from link_kernel.sessions.records import Mode

_FORMAT: Final = 1
_BUSINESSES: Final = "businesses"
_UNKNOWN_FIELD: Final = "extra_forbidden"
_MISSING_FIELD: Final = "missing"
_NO_OBJECT: Final = ("model_type", "dict_type")  # pydantic's words are about our classes


class BusinessFileError(Exception):
    """The file cannot be used; `faults` has one line for each fault, with business and entry."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults: Final = tuple(faults)
        super().__init__("\n".join(self.faults))


def _known_id(text: str) -> str:
    if not is_business_id(text):
        raise ValueError(BUSINESS_ID_RULE)
    return text


def _storable(text: str) -> str:
    """Return a text that has a form in UTF-8: JSON may hold half of a surrogate pair."""
    if text.encode(errors="replace").decode() != text:
        raise ValueError("is not Unicode")
    return text


def _known_country(text: str) -> str:
    return known_country(text) if text else ""


def _canonical(text: str, info: ValidationInfo) -> str:
    """Return an entry in its canonical spelling; `mode` is a field before it."""
    mode: Mode = info.data.get("mode", "live")
    try:
        return OriginEntry.parse(text, mode=mode).text
    except EntryError as error:
        raise ValueError(f"{json.dumps(text)}: {error}") from None


def _set_of_entries(entries: list[str]) -> list[str]:
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"a business lists at most {MAX_ENTRIES} origins, not {len(entries)}")
    twice = {json.dumps(entry) for entry in entries if entries.count(entry) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} stands twice")
    return entries


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Business(_Closed):
    """One business; what an older release did not write has the value of a new business."""

    name: Annotated[str, AfterValidator(_storable)]
    mode: Mode
    state: Literal["enabled", "disabled"] = "enabled"
    dpop: DpopPolicy = "preferred"
    country: Annotated[str, AfterValidator(_known_country)] = ""
    reload: ReloadPolicy = "forget"
    origins: Annotated[
        list[Annotated[str, AfterValidator(_canonical)]], AfterValidator(_set_of_entries)
    ] = []


class _File(_Closed):
    """The whole file; `format` changes when an older release could not read it."""

    format: Literal[1]
    businesses: dict[Annotated[str, AfterValidator(_known_id)], _Business]


class _Members(dict[str, object]):
    """A JSON object that remembers which of its keys stood twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice: Final = sorted({name for name in names if names.count(name) > 1})


def dump_businesses(businesses: Iterable[StoredBusiness]) -> str:
    """Return the file's text: sorted, so that a change of one business is a diff of its lines.

    It holds no entry that is not allowed in a list, since such an entry matches nothing.
    """
    held = {
        business.id: {
            "name": business.name,
            "mode": business.mode,
            "state": business.state,
            "dpop": business.dpop,
            "country": business.country,
            "reload": business.reload,
            "origins": sorted(business.as_business().allow_list.listed),
        }
        for business in businesses
    }
    whole = {"format": _FORMAT, _BUSINESSES: held}
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_text_file(path: Path, text: str) -> None:
    """Write a file whole or not at all: a backup that failed half-way must not replace the last.

    A link stays one, and what is no file, such as a pipe, is written to.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, "utf-8")
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def may_name_businesses(path: Path) -> bool:
    """Tell whether a file is there and names a business, or may: what cannot be read is kept."""
    if not path.is_file() or path.stat().st_size == 0:
        return False
    try:
        return bool(read_business_file(path))
    except BusinessFileError:
        return True


def read_business_file(path: Path) -> tuple[StoredBusiness, ...]:
    """Return the businesses of a file, by id; raises `BusinessFileError` with every fault."""
    try:
        text = path.read_text("utf-8-sig")  # some editors begin a file with a mark
    except OSError as error:
        raise BusinessFileError([f"{path}: {error.strerror}"]) from error
    except ValueError:
        raise BusinessFileError([f"{path}: is not UTF-8"]) from None
    try:
        return load_businesses(text)
    except BusinessFileError as error:
        raise BusinessFileError(f"{path}: {fault}" for fault in error.faults) from None


def load_businesses(text: str) -> tuple[StoredBusiness, ...]:
    """Return the businesses of a file's text, by id; raises `BusinessFileError`."""
    try:
        whole = json.loads(text, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        raise BusinessFileError(["is not JSON"]) from None
    if isinstance(whole, _Members) and _is_other_format(whole.get("format", _FORMAT)):
        raise BusinessFileError([f"its format is not {_FORMAT}: a newer release wrote it"])
    faults = list(_repeated(whole))
    try:
        file = _File.model_validate(whole)
    except ValidationError as invalid:
        faults += map(_fault, invalid.errors(include_url=False))
    if faults:
        raise BusinessFileError(faults)
    return tuple(_stored(each, file.businesses[each]) for each in sorted(file.businesses))


def _is_other_format(given: object) -> bool:
    """Tell whether a format is not ours; `true` and 1.0 are equal to 1, and no formats."""
    return given != _FORMAT or type(given) is not int


def _repeated(whole: object) -> Iterator[str]:
    """Yield a fault for each key that stands twice, since JSON readers keep only the last."""
    if not isinstance(whole, _Members):
        return
    yield from (f"{name} stands twice" for name in whole.twice)
    businesses = whole.get(_BUSINESSES)
    if not isinstance(businesses, _Members):
        return
    yield from (f"{name} stands twice" for name in businesses.twice)
    for business_id, fields in businesses.items():
        if isinstance(fields, _Members):
            yield from (f"{business_id}: {name} stands twice" for name in fields.twice)


def _fault(error: ErrorDetails) -> str:
    """Return a fault as one line that begins with the business and the field."""
    place = [str(part) for part in error["loc"] if part not in {_BUSINESSES, "[key]"}]
    fields = {_UNKNOWN_FIELD: "is no field", _MISSING_FIELD: "is missing"}
    fields |= dict.fromkeys(_NO_OBJECT, "is no object")
    words = fields.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    name = place or [_BUSINESSES if error["loc"] else "the file"]
    return ": ".join([*name, words])


def _stored(business_id: str, said: _Business) -> StoredBusiness:
    fields = said.model_dump(exclude={"origins"})
    return StoredBusiness(id=business_id, origins=tuple(said.origins), **fields)
