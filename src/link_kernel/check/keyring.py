"""The keyring in `check`: whether the service could start with it, and how old its keys are."""

from typing import Final, TypeVar

from pydantic import BaseModel

from link_kernel.check.findings import Finding
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.keyring_file import KeyEntry, KeyringError

NAME: Final = "keyring"
_DAY_MS: Final = 24 * 3600 * 1000

K = TypeVar("K", bound=BaseModel)


def check_keyring(keys: KeysCommand[K], path_or_json: str) -> tuple[Finding, K | None]:
    """Return what is found of a keyring, and the keyring if it is usable."""
    try:
        keyring = keys.read(path_or_json)
    except KeyringError as error:
        return Finding(NAME, "FAULT", f"{error} ({keys.setting})"), None
    now_ms = keys.clock.now_ms()
    active = [
        _with_age(entry, now_ms)
        for kind in keys.kinds
        for entry in kind.key_list.of(keyring)
        if entry.state == "active"
    ]
    return Finding(NAME, "ok", ", ".join(active)), keyring


def _with_age(entry: KeyEntry, now_ms: int) -> str:
    """Return the name of a key, with its age in days if the keyring tells it."""
    if entry.published_at is None:
        return entry.label
    return f"{entry.label} ({(now_ms - entry.published_at) // _DAY_MS} days old)"
