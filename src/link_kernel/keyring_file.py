"""Keyrings as JSON, in a file only its owner can read or in the setting itself."""

import secrets
import stat
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from link_kernel.ids import from_base64url, to_base64url
from link_kernel.secret_ring import SECRET_BYTES, SecretRing

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyringRefused(Exception):
    """The keyring cannot be used; the text says why and what to do, never what it holds."""


class SecretEntry(BaseModel):
    """One version of the master secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: int = Field(ge=1, lt=2**32)
    state: Literal["next", "active", "retired"]
    secret: str = Field(repr=False)


class SecretKeyring(BaseModel):
    """A keyring that holds master secrets alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secrets: tuple[SecretEntry, ...] = Field(min_length=1)


K = TypeVar("K", bound=BaseModel)


def new_secret(version: int = 1) -> SecretEntry:
    """Return a fresh active secret."""
    raw = secrets.token_bytes(SECRET_BYTES)
    return SecretEntry(version=version, state="active", secret=to_base64url(raw))


def read_keyring(path_or_json: str, model: type[K]) -> K:
    """Return the keyring at a path (mode 0600) or written in the setting itself.

    Raises `KeyringRefused`.
    """
    text = path_or_json if path_or_json.lstrip().startswith("{") else _read_file(Path(path_or_json))
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, fault["loc"])) or "file" for fault in error.errors())
        raise KeyringRefused(f"the keyring is not in our format (see: {where})") from None


def write_keyring(path: Path, keyring: BaseModel) -> None:
    """Write a new keyring file that only its owner can read; `KeyringRefused` if it exists."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(keyring.model_dump_json(indent=2) + "\n", "utf-8")
    except FileExistsError:
        raise KeyringRefused(f"{path} exists; a keyring is never overwritten") from None
    except OSError as error:
        raise KeyringRefused(f"cannot write {path}: {error.strerror}") from None


def secret_ring(entries: tuple[SecretEntry, ...]) -> SecretRing:
    """Return the ring of these secrets; `KeyringRefused` unless exactly one is active."""
    active = [entry.version for entry in entries if entry.state == "active"]
    if len(active) != 1 or len({entry.version for entry in entries}) != len(entries):
        raise KeyringRefused("exactly one secret must be active, and versions be unique")
    try:
        return SecretRing(
            {entry.version: from_base64url(entry.secret) for entry in entries}, active=active[0]
        )
    except ValueError:
        raise KeyringRefused(f"every secret must be base64url of {SECRET_BYTES} bytes") from None


def _read_file(path: Path) -> str:
    try:
        if path.stat().st_mode & _OTHERS:
            raise KeyringRefused(f"others may read {path}; run: chmod 600 {path}")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise KeyringRefused(f"cannot read the keyring {path}: {reason}") from None
