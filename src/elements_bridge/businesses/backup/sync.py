"""What a file of businesses changes in the store (docs/session-store.md)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from elements_bridge.businesses.backup.business_file import BusinessFileError
from elements_bridge.businesses.store import StoredBusiness

_COMPARED: Final = ("name", "state", "dpop", "country", "reload")


@dataclass(frozen=True, slots=True)
class Change:
    """A business to write, with the version it was read in, and one line that says what changes."""

    business: StoredBusiness
    line: str


def plan_sync(
    named: Iterable[StoredBusiness], stored: Iterable[StoredBusiness], *, prune: bool
) -> list[Change]:
    """Return the changes that make the store equal to the file; empty if it is.

    With `prune`, what the file does not name is disabled. It is not deleted: its pages are told
    `BUSINESS_DISABLED` and its sessions end within 5 s as by the command, while its mode, its list
    and its version stay, so that a slip in the file is undone by the next one.

    Raises `BusinessFileError` for businesses whose mode differs, since a mode never changes.
    """
    held = {business.id: business for business in stored}
    wanted = {business.id: business for business in named}
    faults = list(_other_modes(wanted, held))
    if faults:
        raise BusinessFileError(faults)
    changes = [change for each in wanted.values() if (change := _change(each, held.get(each.id)))]
    if prune:
        changes += [
            Change(replace(business, state="disabled"), f"{name}: disabled, not in the file")
            for name, business in held.items()
            if name not in wanted and business.state == "enabled"
        ]
    return changes


def _other_modes(
    wanted: Mapping[str, StoredBusiness], held: Mapping[str, StoredBusiness]
) -> Iterator[str]:
    for name, business in wanted.items():
        mode = held[name].mode if name in held else business.mode
        if mode != business.mode:
            yield f"{name}: mode: it exists in mode {mode}; a mode never changes"


def _change(wanted: StoredBusiness, held: StoredBusiness | None) -> Change | None:
    """Return the change of one business, `None` if it is as the file says."""
    if held is None:
        line = f"{wanted.id}: added, {wanted.state}, {wanted.mode}, {len(wanted.origins)} origins"
        return Change(replace(wanted, version=0), line)
    differences = [*_differences(wanted, held), *_entries(wanted, held)]
    if held.is_malformed:
        differences = ["corrected, another program wrote it malformed"]
    if not differences:
        return None
    changed = replace(wanted, version=held.version)
    return Change(changed, f"{wanted.id}: {', '.join(differences)}")


def _differences(wanted: StoredBusiness, held: StoredBusiness) -> Iterator[str]:
    for field in _COMPARED:
        before, after = getattr(held, field), getattr(wanted, field)
        if before != after:
            yield f"{field} {_quoted(before)} -> {_quoted(after)}"


def _entries(wanted: StoredBusiness, held: StoredBusiness) -> Iterator[str]:
    """Yield the origins added and removed; the order of a list means nothing."""
    before, after = set(held.origins), set(wanted.origins)
    yield from (f"origin +{entry}" for entry in sorted(after - before))
    yield from (f"origin -{_quoted(entry)}" for entry in sorted(before - after))


def _quoted(text: str) -> str:
    """Return a text with nothing that moves a terminal's cursor; a plain word stands as it is."""
    return text if text.isascii() and text.isalnum() else json.dumps(text, ensure_ascii=False)
