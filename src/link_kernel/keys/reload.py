"""What is made of a keyring, and made anew while requests run (docs/protocol.md#keyring)."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from link_kernel.keys.keyring_file import KeyringError, holds_keyring
from link_kernel.security_events import SecurityEvent, SecurityLog

_log: Final = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Built(Generic[T]):
    """A thing made of a keyring, and the names of the active keys, for the log."""

    thing: T
    log_fields: Mapping[str, str | int]


class Reloadable(Generic[T]):
    """Holds what requests are served with; a reload replaces it whole, never changes it.

    A request reads `current` once and keeps it, so it finishes with what it began with.
    """

    def __init__(
        self, path_or_json: str, make: Callable[[str], Built[T]], security_log: SecurityLog
    ) -> None:
        """Take the setting and what makes the thing of it; raises the maker's `KeyringError`."""
        self._path_or_json = path_or_json
        self._make = make
        self._security_log = security_log
        self.current: T = make(path_or_json).thing

    def reload(self) -> bool:
        """Read the keyring again and tell whether it is in use.

        One that is refused changes nothing: the process serves on, and its log says why.
        """
        if holds_keyring(self._path_or_json):
            reason = "the setting holds the keyring itself: restart to change it"
            _log.warning("keyring_reload_failed", extra={"reason": reason})
            self._security_log.report(SecurityEvent.KEYRING_REFUSED)
            return False
        try:
            made = self._make(self._path_or_json)
        except KeyringError as error:
            _log.error("keyring_reload_failed", extra={"reason": str(error)})
            self._security_log.report(SecurityEvent.KEYRING_REFUSED)
            return False
        self.current = made.thing
        _log.warning("keyring_reloaded", extra=dict(made.log_fields))
        self._security_log.report(SecurityEvent.KEYRING_CHANGED, **made.log_fields)
        return True
