"""The clock of the process, injected so that tests can set it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; an instant that a Redis script compares comes from Redis's own clock."""

    def now_ms(self) -> int:
        """Return the wall clock as epoch milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...


class SystemClock:
    """The clock of the operating system."""

    def now_ms(self) -> int:
        """Return the wall clock as epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()
