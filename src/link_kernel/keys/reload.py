"""Rebuilds the services when the keyring file changes (SIGHUP; docs/protocol.md#keyring)."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from link_kernel.keys.keyring_file import KeyringError, holds_keyring
from link_kernel.observability.security_events import SecurityEvent, SecurityLog

_log: Final = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Built(Generic[T]):
    """An object built from a keyring, and the names of the active keys, as log fields."""

    thing: T
    log_fields: Mapping[str, str | int]


class Reloadable(Generic[T]):
    """Holds the object that serves requests; a reload replaces it as a whole and never mutates it.

    A request reads `current` once, so it ends with the same keys with which it began.
    """

    def __init__(
        self,
        setting: str,
        path_or_json: str,
        build: Callable[[str], Built[T]],
        security_log: SecurityLog,
    ) -> None:
        """Take the keyring setting, its value, and the function that builds the object from it.

        `build` raises `KeyringError` for a keyring that cannot be used, and so does this, with the
        name of the setting.
        """
        self._setting = setting
        self._path_or_json = path_or_json
        self._build = build
        self._security_log = security_log
        self.current: T = self._built().thing

    def reload(self) -> bool:
        """Read the keyring again; return whether the new one is in use.

        A keyring with a fault changes nothing: the process continues with the old one and logs why.
        """
        if holds_keyring(self._path_or_json):
            reason = "the setting holds the keyring itself: restart to change it"
            _log.warning("keyring_reload_failed", extra={"reason": reason})
            self._security_log.report(SecurityEvent.KEYRING_REFUSED)
            return False
        try:
            rebuilt = self._built()
        except KeyringError as error:
            _log.error("keyring_reload_failed", extra={"reason": str(error)})
            self._security_log.report(SecurityEvent.KEYRING_REFUSED)
            return False
        self.current = rebuilt.thing
        _log.warning("keyring_reloaded", extra=dict(rebuilt.log_fields))
        self._security_log.report(SecurityEvent.KEYRING_CHANGED, **rebuilt.log_fields)
        return True

    def _built(self) -> Built[T]:
        try:
            return self._build(self._path_or_json)
        except KeyringError as error:
            raise KeyringError(f"{self._setting}: {error}") from None
