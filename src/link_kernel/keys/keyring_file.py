"""Reads and writes keyrings: JSON in a file that only its owner can read, or in a setting."""

import fcntl
import os
import secrets
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from link_kernel.ids import from_base64url, to_base64url
from link_kernel.keys.secret_ring import SECRET_BYTES, SecretRing

_LONGEST_SHOWN = 200
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ROOT = 0


class KeyringError(Exception):
    """The keyring cannot be used; the message says why and what to do, and quotes nothing of it."""


KeyState = Literal["next", "active", "retired"]


class KeyEntry(BaseModel, ABC):
    """One key of a keyring; times are epoch milliseconds, and absent in older files."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    state: KeyState
    published_at: int | None = Field(default=None, ge=0)
    retired_at: int | None = Field(default=None, ge=0)

    @property
    @abstractmethod
    def label(self) -> str:
        """The name of the key for messages; never the key itself."""
        ...

    @property
    @abstractmethod
    def log_fields(self) -> dict[str, str | int]:
        """The log fields that name the key."""
        ...


class SecretEntry(KeyEntry):
    """One version of the master secret."""

    version: int = Field(ge=1, lt=2**32)
    secret: str = Field(repr=False)

    @property
    def label(self) -> str:
        """The name of the secret for messages."""
        return f"secret version {self.version}"

    @property
    def log_fields(self) -> dict[str, str | int]:
        """The log fields that name the secret."""
        return {"version": self.version}


class SecretKeyring(BaseModel):
    """A keyring of master secrets, and of the index key by which contacts are named in the store.

    A keyring of an earlier release has no index key; `keys rotate` adds one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secrets: tuple[SecretEntry, ...] = Field(min_length=1)
    index: str | None = Field(default=None, repr=False)

    @classmethod
    def new(cls) -> Self:
        """Return a keyring with a new secret and a new index key."""
        return cls(secrets=(new_secret(),), index=_random())

    def with_index(self) -> Self:
        """Return the keyring with an index key: its own, or else a new one."""
        return self if self.index else self.model_copy(update={"index": _random()})

    def ring(self) -> SecretRing:
        """Return the keys; raises `KeyringError` as `secret_ring` does."""
        return secret_ring(self.secrets, self.index)


K = TypeVar("K", bound=BaseModel)


def new_secret(version: int = 1) -> SecretEntry:
    """Return a new random secret in state `active`."""
    return SecretEntry(version=version, state="active", secret=_random())


def next_secret(present: Sequence[SecretEntry]) -> SecretEntry:
    """Return a new random secret with the version after the highest one present."""
    return new_secret(1 + max(entry.version for entry in present))


def holds_keyring(path_or_json: str) -> bool:
    """Tell whether a setting is the JSON of a keyring, and not the path of a file."""
    return path_or_json.lstrip().startswith("{")


def read_keyring(path_or_json: str, model: type[K]) -> K:
    """Return the keyring in the file at a path (mode 0600), or in the JSON of the setting.

    Raises `KeyringError`.
    """
    text = path_or_json if holds_keyring(path_or_json) else _read_file(Path(path_or_json))
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        faults = "; ".join(sorted({_fault_of(fault, model) for fault in error.errors()}))
        raise KeyringError(
            f"no keyring of this service: {faults}; `keys init` writes one"
        ) from None


def _fault_of(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return what is wrong with a keyring, in names of `model` alone: any other may be a secret.

    Of another service's keyring that is a member too much, or one that is missing.
    """
    if error["type"] == "json_invalid":
        return "it is no JSON"
    path = ".".join(map(str, error["loc"])) or "the whole"
    if error["type"] == "missing":
        return f"{path} is missing"
    if error["type"] == "extra_forbidden":
        return f"it has more than {' and '.join(model.model_fields)}"
    return f"{path} is not as it should be"


def write_keyring(path: Path, keyring: BaseModel) -> None:
    """Write a new keyring file that only its owner can read; `KeyringError` if it exists."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(_text(keyring), "utf-8")
    except FileExistsError:
        raise KeyringError(f"{path} exists; a keyring is never overwritten") from None
    except OSError as error:
        raise KeyringError(f"cannot write {path}: {error.strerror}") from None


@contextmanager
def keyring_lock(path: Path) -> Iterator[None]:
    """Lock the keyring against other commands while the context lasts; raises `KeyringError`.

    The lock is on the folder, because the file is replaced and a lock on it would not cover the
    new file.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise KeyringError(f"cannot open the folder of {path}: {error.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def replace_keyring(path: Path, keyring: BaseModel) -> None:
    """Replace the keyring file atomically: a reader finds the old keyring or the new one.

    The file keeps its owner, also if root runs the command. Raises `KeyringError`.
    """
    try:
        owner = path.stat()
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
                file.write(_text(keyring))
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise KeyringError(f"cannot write {path}: {error.strerror}") from None


def secret_ring(entries: tuple[SecretEntry, ...], index: str | None = None) -> SecretRing:
    """Return the `SecretRing` of these secrets; `KeyringError` unless exactly one is active."""
    active = [entry.version for entry in entries if entry.state == "active"]
    if len(active) != 1 or len({entry.version for entry in entries}) != len(entries):
        raise KeyringError("exactly one secret must be active, and versions be unique")
    try:
        return SecretRing(
            {entry.version: from_base64url(entry.secret) for entry in entries},
            active=active[0],
            index=None if index is None else from_base64url(index),
        )
    except ValueError:
        raise KeyringError(f"every secret must be base64url of {SECRET_BYTES} bytes") from None


def _random() -> str:
    return to_base64url(secrets.token_bytes(SECRET_BYTES))


def is_private(file: os.stat_result, reader: int) -> bool:
    """Tell whether nobody reads a file but its owner, or whom root has let read it by its group.

    Kubernetes mounts a Secret so for a process that is not root's: the file belongs to root, and to
    the group of the pod.
    """
    exposed = file.st_mode & _OTHERS
    return not exposed or (exposed == stat.S_IRGRP and file.st_uid == _ROOT != reader)


def _read_file(path: Path) -> str:
    try:
        file = path.stat()
        # To read a pipe, or a file of the kernel's, would wait for what comes.
        if not stat.S_ISREG(file.st_mode) or not file.st_size:
            raise KeyringError(
                f"{_named(path)} is no file, or empty; name a file, or write the JSON itself"
            )
        if not is_private(file, os.geteuid()):
            raise KeyringError(f"others may read {path}; run: chmod 600 {path}")
        return path.read_text("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError:
        raise KeyringError(f"{_named(path)} is not UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path"
        raise KeyringError(
            f"cannot read the keyring {_named(path)}: {reason}; name a file that this user can"
            " read, or write the JSON itself"
        ) from None


def _named(path: Path) -> str:
    """Return a path for a message, unless it may be no path, but a key in place of one."""
    text = str(path)
    is_path = text.startswith(("/", ".")) or text.endswith(".json")
    shown = is_path and text.isprintable() and len(text) <= _LONGEST_SHOWN
    return text if shown else "at this path"


def _text(keyring: BaseModel) -> str:
    return keyring.model_dump_json(indent=2, exclude_none=True) + "\n"


def _sync_folder(folder: Path) -> None:
    """Flush the folder to disk, so that the replacement survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
