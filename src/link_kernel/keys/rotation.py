"""How a keyring changes: published before it signs, kept after (docs/protocol.md#keyring).

Nothing here reads a file or a clock. The instants are those of the file's changes, so every process
must reload the file right after each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pydantic import BaseModel

from link_kernel.keys.keyring_file import KeyEntry, KeyringError

# One life of a cached JWKS (`max-age=300`), and a minute until every process has read the file.
PUBLISHED_BEFORE_USE_MS: Final = 360_000

K = TypeVar("K", bound=BaseModel)
Entries = tuple[KeyEntry, ...]


@dataclass(frozen=True, slots=True)
class KeyList:
    """One list of keys in a keyring, named by its field; `fresh` makes one beside those present."""

    field: str
    fresh: Callable[..., KeyEntry]
    keep_retired_ms: int

    def of(self, keyring: BaseModel) -> Entries:
        """Return the ring's keys."""
        entries: Entries = getattr(keyring, self.field)
        return entries


@dataclass(frozen=True, slots=True)
class KeyringChange(Generic[K]):
    """A changed keyring: `changed` keys as they are now, `removed` as they were."""

    keyring: K
    changed: Entries
    removed: Entries


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A retired key that still checks what it made, until an instant in epoch milliseconds."""

    entry: KeyEntry
    until_ms: int


def publish(keyring: K, rings: Sequence[KeyList], *, now_ms: int) -> KeyringChange[K]:
    """Give each ring without a `next` key a fresh one.

    A `next` key without its instant, written by hand, counts as published now.
    """

    def published(entries: Entries, ring: KeyList) -> Entries:
        if not any(entry.state == "next" for entry in entries):
            update = {"state": "next", "published_at": now_ms}
            return (*entries, ring.fresh(entries).model_copy(update=update))
        return tuple(_stamped(entry, "next", "published_at", now_ms) for entry in entries)

    return _each(keyring, rings, published)


def promote(keyring: K, rings: Sequence[KeyList], *, now_ms: int, wait: bool) -> KeyringChange[K]:
    """Let the `next` key of each ring take over and retire the active one.

    Raises `KeyringError`, with how long to wait, while one was published too short a time ago
    and `wait` is set.
    """
    if wait:
        _require_published(keyring, rings, now_ms)

    def promoted(entries: Entries, _ring: KeyList) -> Entries:
        successor = next(entry for entry in entries if entry.state == "next")
        return tuple(_moved(entry, successor, now_ms) for entry in entries)

    return _each(keyring, rings, promoted)


def retire(keyring: K, rings: Sequence[KeyList], *, now_ms: int) -> KeyringChange[K]:
    """Remove the retired keys that nothing alive can have been made with.

    A retired key without its instant, written by hand, counts as retired now.
    """

    def left(entries: Entries, ring: KeyList) -> Entries:
        stamped = (_stamped(entry, "retired", "retired_at", now_ms) for entry in entries)
        return tuple(entry for entry in stamped if not _is_over(entry, ring, now_ms))

    return _each(keyring, rings, left)


def kept(keyring: BaseModel, rings: Sequence[KeyList]) -> list[RetiredKey]:
    """Return the retired keys and until when each is kept."""
    return [
        RetiredKey(entry, entry.retired_at + ring.keep_retired_ms)
        for ring in rings
        for entry in ring.of(keyring)
        if entry.state == "retired" and entry.retired_at is not None
    ]


def remove(keyring: K, ring: KeyList, label: str) -> KeyringChange[K]:
    """Remove one key at once, whatever it made; never the active one. Raises `KeyringError`."""
    named = [entry for entry in ring.of(keyring) if entry.label == label]
    if not named:
        raise KeyringError(f"there is no {label} in the keyring")
    if named[0].state == "active":
        raise KeyringError(f"{label} is active; run `keys rotate --now` first")
    return _each(keyring, [ring], lambda entries, _: tuple(e for e in entries if e not in named))


def _require_published(keyring: BaseModel, rings: Sequence[KeyList], now_ms: int) -> None:
    instants = [
        now_ms if entry.published_at is None else entry.published_at
        for ring in rings
        for entry in ring.of(keyring)
        if entry.state == "next"
    ]
    left_ms = max(instants) + PUBLISHED_BEFORE_USE_MS - now_ms
    if left_ms > 0:
        raise KeyringError(
            f"the next keys are not published long enough: wait {-(-left_ms // 1000)} s more, until"
            " no verifier's cached JWKS lacks the key and every process has read the secret"
        )


def _moved(entry: KeyEntry, successor: KeyEntry, now_ms: int) -> KeyEntry:
    if entry is successor:
        return entry.model_copy(update={"state": "active"})
    if entry.state == "active":
        return entry.model_copy(update={"state": "retired", "retired_at": now_ms})
    return entry


def _stamped(entry: KeyEntry, state: str, instant: str, now_ms: int) -> KeyEntry:
    """Return a key of this state with its instant, `now_ms` where it has none."""
    if entry.state != state or getattr(entry, instant) is not None:
        return entry
    return entry.model_copy(update={instant: now_ms})


def _is_over(entry: KeyEntry, ring: KeyList, now_ms: int) -> bool:
    retired_at = entry.retired_at if entry.state == "retired" else None
    return retired_at is not None and now_ms >= retired_at + ring.keep_retired_ms


def _each(
    keyring: K, rings: Sequence[KeyList], change: Callable[[Entries, KeyList], Entries]
) -> KeyringChange[K]:
    """Change each ring and tell which keys changed and which are gone."""
    before = {ring.field: ring.of(keyring) for ring in rings}
    after = {ring.field: change(ring.of(keyring), ring) for ring in rings}
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
