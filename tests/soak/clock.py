"""A clock that two processes share: a test puts it forward, and a bridge reads it."""

import mmap
import struct
from pathlib import Path
from typing import Final

from link_kernel.clock import SystemClock

_AHEAD_S: Final = struct.Struct("d")


class SharedClock:
    """The system's clock; what a process keeps for a time is older by what was put forward.

    The wall clock stays as it is: Redis has no other, and instants there are moved back instead
    (`tests/support/time_machine.py`).
    """

    def __init__(self, file: Path) -> None:
        """Share the file, which is made where it is missing."""
        self._system = SystemClock()
        with file.open("a+b") as shared:
            shared.truncate(_AHEAD_S.size)
            self._shared = mmap.mmap(shared.fileno(), _AHEAD_S.size)

    @property
    def ahead_s(self) -> float:
        """How many seconds were put forward so far."""
        return float(_AHEAD_S.unpack_from(self._shared)[0])

    def put_forward(self, seconds: float) -> None:
        """Let so many seconds pass, in every process that shares the file."""
        _AHEAD_S.pack_into(self._shared, 0, self.ahead_s + seconds)

    def now_ms(self) -> int:
        """Return the wall clock as epoch milliseconds."""
        return self._system.now_ms()

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never goes back."""
        return self._system.monotonic_s() + self.ahead_s
