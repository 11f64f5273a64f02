"""The process's clock, injected so that tests can move it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Instants that Redis decides upon come from Redis itself."""

    def now_ms(self) -> int:
        """Return the wall clock as epoch milliseconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return the wall clock as epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()
