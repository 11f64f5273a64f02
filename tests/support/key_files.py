"""Keyring files for tests, and the clock by which they are changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from elements_bridge.cli import KEYS as BRIDGE_KEYS
from elements_bridge.keyring import KeyringFile
from link_api.cli import KEYS as LINK_KEYS
from link_kernel.clock import Clock
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.keyring_file import SecretKeyring

NOON_MS: Final = 1_767_268_800_000  # 2026-01-01T12:00:00Z
_NO_ENVIRONMENT: Final[Mapping[str, str]] = {}


@dataclass
class StoppedClock:
    """A clock that only the test moves."""

    now: int = NOON_MS

    def now_ms(self) -> int:
        """Return the time it was set to."""
        return self.now

    def monotonic_s(self) -> float:
        """Return the time it was set to, in seconds."""
        return self.now / 1000


def bridge_keys(
    clock: Clock, environ: Mapping[str, str] = _NO_ENVIRONMENT
) -> KeysCommand[KeyringFile]:
    """Return the `elements-bridge keys` command with another clock."""
    return replace(BRIDGE_KEYS, clock=clock, environ=environ)


def link_keys(
    clock: Clock, environ: Mapping[str, str] = _NO_ENVIRONMENT
) -> KeysCommand[SecretKeyring]:
    """Return the `link-api keys` command with another clock."""
    return replace(LINK_KEYS, clock=clock, environ=environ)


def states(file: KeyringFile) -> tuple[list[str], list[str]]:
    """Return the states of the signing keys and of the secrets, in the file's order."""
    return [entry.state for entry in file.signing_keys], [entry.state for entry in file.secrets]
