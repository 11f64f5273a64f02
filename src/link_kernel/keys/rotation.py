"""Key rotation: publish the next key, activate it later, keep the old one while it is needed.

An old key is kept until nothing it signed is valid (docs/protocol.md#keyring). Nothing here reads a
file or a clock. The times are those at which the file is changed, so every process must reload the
file right after each change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pydantic import BaseModel

from link_kernel.keys.keyring_file import KeyEntry, KeyringError

# The lifetime of a cached JWKS (`max-age=300`), and a minute until every process has read the file.
PUBLISHED_BEFORE_USE_MS: Final = 360_000

K = TypeVar("K", bound=BaseModel)
Entries = tuple[KeyEntry, ...]


@dataclass(frozen=True, slots=True)
class KeyList:
    """One list of keys in a keyring: its field, and how its keys are created and kept.

    `fresh` takes the keys present and returns a new one. A retired key is kept for
    `keep_retired_ms`.
    """

    field: str
    fresh: Callable[..., KeyEntry]
    keep_retired_ms: int

    def of(self, keyring: BaseModel) -> Entries:
        """Return the keys of this list in a keyring."""
        entries: Entries = getattr(keyring, self.field)
        return entries


@dataclass(frozen=True, slots=True)
class KeyringChange(Generic[K]):
    """A changed keyring: the `changed` keys in their new state, the `removed` ones in their old."""

    keyring: K
    changed: Entries
    removed: Entries


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A retired key that still verifies what it signed, until a time in epoch milliseconds."""

    entry: KeyEntry
    until_ms: int


def publish(keyring: K, key_lists: Sequence[KeyList], *, now_ms: int) -> KeyringChange[K]:
    """Add a new `next` key to each list that has none.

    A `next` key without `published_at`, written by hand, counts as published now.
    """

    def published(entries: Entries, key_list: KeyList) -> Entries:
        if not any(entry.state == "next" for entry in entries):
            update = {"state": "next", "published_at": now_ms}
            return (*entries, key_list.fresh(entries).model_copy(update=update))
        return tuple(_with_time(entry, "next", "published_at", now_ms) for entry in entries)

    return _change_lists(keyring, key_lists, published)


def promote(
    keyring: K, key_lists: Sequence[KeyList], *, now_ms: int, wait: bool
) -> KeyringChange[K]:
    """Activate the `next` key of each list and retire the active one.

    With `wait`, raises `KeyringError`, which says how long to wait, if a key was published less
    than `PUBLISHED_BEFORE_USE_MS` ago.
    """
    if wait:
        _require_published(keyring, key_lists, now_ms)

    def promoted(entries: Entries, _key_list: KeyList) -> Entries:
        successor = next(entry for entry in entries if entry.state == "next")
        return tuple(_after_promotion(entry, successor, now_ms) for entry in entries)

    return _change_lists(keyring, key_lists, promoted)


def retire(keyring: K, key_lists: Sequence[KeyList], *, now_ms: int) -> KeyringChange[K]:
    """Remove the retired keys whose signatures and MACs cannot be valid any more.

    A retired key without `retired_at`, written by hand, counts as retired now.
    """

    def remaining(entries: Entries, key_list: KeyList) -> Entries:
        timed = (_with_time(entry, "retired", "retired_at", now_ms) for entry in entries)
        return tuple(entry for entry in timed if not _may_be_removed(entry, key_list, now_ms))

    return _change_lists(keyring, key_lists, remaining)


def retired_keys(keyring: BaseModel, key_lists: Sequence[KeyList]) -> list[RetiredKey]:
    """Return the retired keys, each with the time until which it is kept."""
    return [
        RetiredKey(entry, entry.retired_at + key_list.keep_retired_ms)
        for key_list in key_lists
        for entry in key_list.of(keyring)
        if entry.state == "retired" and entry.retired_at is not None
    ]


def remove(keyring: K, key_list: KeyList, label: str) -> KeyringChange[K]:
    """Remove one key at once, even if tokens made with it are valid; never the active key.

    Raises `KeyringError`.
    """
    matching = [entry for entry in key_list.of(keyring) if entry.label == label]
    if not matching:
        raise KeyringError(f"there is no {label} in the keyring")
    if matching[0].state == "active":
        raise KeyringError(f"{label} is active; run `keys rotate --now` first")
    return _change_lists(
        keyring, [key_list], lambda entries, _: tuple(e for e in entries if e not in matching)
    )


def _require_published(keyring: BaseModel, key_lists: Sequence[KeyList], now_ms: int) -> None:
    published_at_ms = [
        now_ms if entry.published_at is None else entry.published_at
        for key_list in key_lists
        for entry in key_list.of(keyring)
        if entry.state == "next"
    ]
    left_ms = max(published_at_ms) + PUBLISHED_BEFORE_USE_MS - now_ms
    if left_ms > 0:
        raise KeyringError(
            f"the next keys are not published long enough: wait {-(-left_ms // 1000)} s more, until"
            " no verifier's cached JWKS lacks the key and every process has read the secret"
        )


def _after_promotion(entry: KeyEntry, successor: KeyEntry, now_ms: int) -> KeyEntry:
    if entry is successor:
        return entry.model_copy(update={"state": "active"})
    if entry.state == "active":
        return entry.model_copy(update={"state": "retired", "retired_at": now_ms})
    return entry


def _with_time(entry: KeyEntry, state: str, time_field: str, now_ms: int) -> KeyEntry:
    """Return a key; if it has this state and no time in `time_field`, set that to `now_ms`."""
    if entry.state != state or getattr(entry, time_field) is not None:
        return entry
    return entry.model_copy(update={time_field: now_ms})


def _may_be_removed(entry: KeyEntry, key_list: KeyList, now_ms: int) -> bool:
    retired_at = entry.retired_at if entry.state == "retired" else None
    return retired_at is not None and now_ms >= retired_at + key_list.keep_retired_ms


def _change_lists(
    keyring: K, key_lists: Sequence[KeyList], change: Callable[[Entries, KeyList], Entries]
) -> KeyringChange[K]:
    """Apply `change` to each list; return the keyring with the changed and the removed keys."""
    before = {key_list.field: key_list.of(keyring) for key_list in key_lists}
    after = {key_list.field: change(key_list.of(keyring), key_list) for key_list in key_lists}
    labels = {entry.label for entries in after.values() for entry in entries}
    return KeyringChange(
        keyring.model_copy(update=after),
        changed=tuple(
            entry
            for field, entries in after.items()
            for entry in entries
            if entry not in before[field]
        ),
        removed=tuple(
            entry for entries in before.values() for entry in entries if entry.label not in labels
        ),
    )
