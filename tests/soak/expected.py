"""What Redis should hold of a day's sessions, by their lifetimes (docs/session-store.md#memory)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from link_kernel.sessions.store import KEEP_ENDED_MS

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 60 * _MINUTE_S
_IDLE_S: Final = {False: 10 * _MINUTE_S, True: 30 * _MINUTE_S}
_ABSOLUTE_S: Final = 12 * _HOUR_S
_LOGIN_TOKEN_S: Final = _HOUR_S
_KEPT_S: Final = KEEP_ENDED_MS / 1000
# A call takes effect between its start and its end, and steps take a real time of their own.
_UNSURE_S: Final = 30.0
# Bytes by `MEMORY USAGE`: a session that was not refreshed, of a guest and of a customer.
_NEW_SESSION: Final = {False: 551, True: 699}
_FIRST_ROTATION: Final = 37
_ROTATION: Final = 51  # an instant, and the hash of a key that was spent
_LATER_ROTATION: Final = 24  # four such hashes are kept, and ten instants
_OTHERS: Final = {"slot": 124, "token": 200, "session": 366, "sessions": 184}


@dataclass
class Lifetime:
    """When a session was made, was refreshed last, and was ended; in seconds of the day."""

    is_customer: bool
    began: float
    used: float
    ended_at: float | None = None
    rotations: int = 0

    def refreshed(self, at: float) -> None:
        """Begin the idle lifetime anew."""
        self.used = at
        self.rotations += 1

    def ended(self, at: float) -> None:
        """Note that somebody ended the session."""
        self.ended_at = at

    def is_over(self, at: float) -> bool:
        """Tell whether the session may have ended by itself."""
        return at >= self._expires_at()

    def is_kept(self, at: float) -> bool:
        """Tell whether its hash is still there."""
        end = self._expires_at() if self.ended_at is None else self.ended_at
        return at < end + _KEPT_S

    def has_slot(self, at: float) -> bool:
        """Tell whether the note of its customer is still there."""
        return self.is_customer and at < self.began + _ABSOLUTE_S

    def has_login_token(self, at: float) -> bool:
        """Tell whether the token of its login is still there."""
        return self.is_customer and at < self.began + _LOGIN_TOKEN_S

    @property
    def hash_bytes(self) -> int:
        """What its hash takes."""
        first, more = min(self.rotations, 1), min(max(self.rotations - 1, 0), 9)
        early = min(more, 4)
        return (
            _NEW_SESSION[self.is_customer]
            + first * _FIRST_ROTATION
            + early * _ROTATION
            + (more - early) * _LATER_ROTATION
        )

    def _expires_at(self) -> float:
        return min(self.used + _IDLE_S[self.is_customer], self.began + _ABSOLUTE_S)


@dataclass(frozen=True)
class Bounds:
    """The fewest and the most that there may be."""

    least: int
    most: int

    def __contains__(self, found: int) -> bool:
        """Tell whether a number is within."""
        return self.least <= found <= self.most


def expected_keys(lifetimes: Sequence[Lifetime], at: float) -> dict[str, Bounds]:
    """Return how many keys of each kind there are, a moment after everything was called."""
    logins = sum(one.is_customer for one in lifetimes)
    counted = {
        "elements": Lifetime.is_kept,
        "slot": Lifetime.has_slot,
        "token": Lifetime.has_login_token,
    }
    found = {
        kind: Bounds(
            sum(is_there(one, at + _UNSURE_S) for one in lifetimes),
            sum(is_there(one, at - _UNSURE_S) for one in lifetimes),
        )
        for kind, is_there in counted.items()
    }
    return {
        **found,
        "session": Bounds(logins, logins),
        "sessions": Bounds(logins, logins),
        "business": Bounds(1, 1),
        # Proofs and the counts of limits are older than they are kept; some are told a moment late.
        "dpop": Bounds(0, 0),
        "limit": Bounds(0, 20),
        "revocations": Bounds(0, 1),
        "mark": Bounds(0, 1),
    }


def expected_bytes(lifetimes: Sequence[Lifetime], at: float) -> int:
    """Return what the keys of sessions and logins take together."""
    expected = expected_keys(lifetimes, at)
    hashes = sum(one.hash_bytes for one in lifetimes if one.is_kept(at))
    return hashes + sum(each * expected[kind].least for kind, each in _OTHERS.items())
