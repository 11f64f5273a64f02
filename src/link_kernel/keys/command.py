"""The commands `keys init|list|rotate|retire`, which manage the keyring file of a service."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

from pydantic import BaseModel

from link_kernel.clock import Clock, SystemClock
from link_kernel.keys import rotation as key_rotation
from link_kernel.keys.keyring_file import (
    KeyEntry,
    KeyringError,
    holds_keyring,
    keyring_lock,
    read_keyring,
    replace_keyring,
    write_keyring,
)
from link_kernel.keys.rotation import PUBLISHED_BEFORE_USE_MS, KeyList, KeyringChange, RetiredKey
from link_kernel.observability.logs import configure_logs

_WAIT_S: Final = PUBLISHED_BEFORE_USE_MS // 1000
_RELOAD: Final = "send SIGHUP to every process now"
_COMPLETED: Final = "an index key is added; a release before this one cannot read the file"
_log: Final = logging.getLogger(__name__)

K = TypeVar("K", bound=BaseModel)
Subcommands = argparse._SubParsersAction  # noqa: SLF001  # argparse has no public name for it


@dataclass(frozen=True, slots=True)
class KindOfKey:
    """A list of keys, the flag that names one of them (`--kid`), and the effect of removing one.

    `label` is a format string for the name of a key, as `KeyEntry.label` returns it.
    """

    key_list: KeyList
    flag: str
    label: str
    effect: str


@dataclass(frozen=True, slots=True)
class KeysCommand(Generic[K]):
    """The `keys` command of one service: its setting, its keyring model and its kinds of keys.

    `new` returns a new keyring; `check` raises `KeyringError` for a keyring with which the service
    could not start; `complete` adds to a keyring, when it is rotated, what one of an earlier
    release lacks.
    """

    setting: str
    model: type[K]
    new: Callable[[], K]
    check: Callable[[K], object]
    kinds: tuple[KindOfKey, ...]
    environ: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    complete: Callable[[K], K] = lambda keyring: keyring

    def add_to(self, commands: "Subcommands[argparse.ArgumentParser]") -> None:
        """Add `keys` and its subcommands; each sets `run`, which raises `KeyringError`."""
        keys = commands.add_parser("keys", help="the keyring").add_subparsers(required=True)
        init = keys.add_parser("init", help="write a new keyring file (mode 0600)")
        init.add_argument("path", type=Path)
        init.set_defaults(run=lambda options: self.init(options.path))

        listing = keys.add_parser("list", help="show kids, versions and states, never a key")
        listing.set_defaults(run=lambda options: _print(self.show(options.path)))

        rotate = keys.add_parser("rotate", help="publish the next keys; later, let them take over")
        rotate.add_argument("--now", action="store_true", help="skip the wait, in an emergency")
        rotate.set_defaults(run=self._rotate)

        retire = keys.add_parser("retire", help="remove keys that nothing alive was made with")
        retire.add_argument("--now", action="store_true", help="remove one key, whatever it made")
        which = retire.add_mutually_exclusive_group()
        for kind in self.kinds:
            which.add_argument(kind.flag, help=f"with --now: {kind.effect}")
        retire.set_defaults(run=self._retire)
        for parser in (listing, rotate, retire):
            parser.add_argument("path", nargs="?", help=f"default: {self.setting}")

    def read(self, path_or_json: str) -> K:
        """Return a keyring with which the service can start; raises `KeyringError`."""
        keyring = read_keyring(path_or_json, self.model)
        self.check(keyring)
        return keyring

    def require(self, path_or_json: str) -> None:
        """Raise `KeyringError` with the setting's name unless the service can start with it."""
        self._read(path_or_json, None)

    def init(self, path: Path) -> None:
        """Write a new keyring file."""
        write_keyring(path, self.new())
        _print([f"wrote {path}; keep it secret, and set {self.setting} to its path"])

    def show(self, path: str | None) -> list[str]:
        """Return one line for each key: its name and state, never the key itself."""
        keyring = self._read(self._path_or_json(path), path)
        return [
            f"{entry.label}  {entry.state}"
            for key_list in self._key_lists
            for entry in key_list.of(keyring)
        ]

    def rotate(self, path: str | None, *, now: bool = False) -> list[str]:
        """Publish the next keys, or activate them if they were published long enough ago.

        With `now`, do both at once. Return the lines to print; raises `KeyringError`.
        """
        file = self._file(path)
        with keyring_lock(file):
            found, now_ms = self._read(str(file), path), self.clock.now_ms()
            keyring = self.complete(found)
            news = [] if keyring == found else [_COMPLETED]
            published = key_rotation.publish(keyring, self._key_lists, now_ms=now_ms)
            if published.changed and not now:
                return [
                    *self._store(file, published, "keys_rotated"),
                    *news,
                    f"{_RELOAD}; after {_WAIT_S} s run `keys rotate` again to let them take over",
                ]
            promoted = key_rotation.promote(
                published.keyring, self._key_lists, now_ms=now_ms, wait=not now
            )
            lines = [*self._store(file, promoted, "keys_rotated"), *news]
        if now:
            lines.append(
                "unannounced: new tokens may be refused until every process has reloaded and caches"
                f" of the JWKS have run out ({_WAIT_S} s)"
            )
        return [*lines, f"{_RELOAD}; `keys retire` removes the retired ones when their time is up"]

    def retire(self, path: str | None) -> list[str]:
        """Remove retired keys that are not needed any more.

        Return the lines to print; raises `KeyringError`.
        """
        file = self._file(path)
        with keyring_lock(file):
            keyring, now_ms = self._read(str(file), path), self.clock.now_ms()
            change = key_rotation.retire(keyring, self._key_lists, now_ms=now_ms)
            lines = self._store(file, change, "keys_retired")
        retired = key_rotation.retired_keys(change.keyring, self._key_lists)
        if change.removed:
            lines.append(_RELOAD)
        return [*lines, *(_kept_line(key, now_ms) for key in retired)] or ["no key is retired"]

    def remove(self, path: str | None, kind: KindOfKey, name: str) -> list[str]:
        """Remove one key at once. Return the lines to print; raises `KeyringError`."""
        file = self._file(path)
        with keyring_lock(file):
            keyring = self._read(str(file), path)
            label = kind.label.format(name)
            change = key_rotation.remove(keyring, kind.key_list, label)
            lines = self._store(file, change, "keys_retired")
        return [*lines, f"{_RELOAD}; from then on {kind.effect}"]

    def _rotate(self, options: argparse.Namespace) -> None:
        configure_logs("json", "warning")
        _print(self.rotate(options.path, now=options.now))

    def _retire(self, options: argparse.Namespace) -> None:
        configure_logs("json", "warning")
        given = [
            (kind, name)
            for kind in self.kinds
            if (name := getattr(options, kind.flag.removeprefix("--"))) is not None
        ]
        if options.now != bool(given):
            flags = " or ".join(kind.flag for kind in self.kinds)
            raise KeyringError(f"--now removes the one key that {flags} names; give both")
        _print(self.remove(options.path, *given[0]) if given else self.retire(options.path))

    @property
    def _key_lists(self) -> tuple[KeyList, ...]:
        return tuple(kind.key_list for kind in self.kinds)

    def _path_or_json(self, path: str | None) -> str:
        """Return the path of the command line, else the setting."""
        path_or_json = (path or self.environ.get(self.setting, "")).strip()
        if not path_or_json:
            raise KeyringError(f"name the keyring's path or set {self.setting}")
        return path_or_json

    def _file(self, path: str | None) -> Path:
        """Return the resolved path of the keyring, so that no symbolic link to it is replaced."""
        path_or_json = self._path_or_json(path)
        if holds_keyring(path_or_json):
            raise KeyringError(
                f"{self.setting} holds the keyring itself, so there is no file to change;"
                " put it into a file (mode 0600) and set its path"
            )
        return Path(path_or_json).resolve()

    def _read(self, path_or_json: str, path: str | None) -> K:
        """Return the keyring; without a `path` of the command line, a fault names the setting."""
        try:
            return self.read(path_or_json)
        except KeyringError as error:
            if path is None:
                raise KeyringError(f"{self.setting}: {error}") from None
            raise

    def _store(self, file: Path, change: KeyringChange[K], event: str) -> list[str]:
        """Write the changed keyring, log each changed key, and return one line for each."""
        if not change.changed and not change.removed:
            return []
        self.check(change.keyring)
        replace_keyring(file, change.keyring)
        for entry in change.changed:
            _log.warning(event, extra={**entry.log_fields, "outcome": entry.state})
        for entry in change.removed:
            _log.warning(event, extra={**entry.log_fields, "outcome": "removed"})
        return [*map(_changed_line, change.changed), *map(_removed_line, change.removed)]


def _changed_line(entry: KeyEntry) -> str:
    return f"{entry.label} is now {entry.state}"


def _removed_line(entry: KeyEntry) -> str:
    return f"{entry.label} is removed"


def _kept_line(key: RetiredKey, now_ms: int) -> str:
    until = datetime.fromtimestamp(key.until_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    left_s = -(-(key.until_ms - now_ms) // 1000)
    return f"{key.entry.label} is kept until {until}, {left_s} s from now"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
