"""Logs a fault that many calls meet: when it begins, while it lasts and when it is over."""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

_TOLD_EVERY_S: Final = 10.0
_MOST_CAUSES: Final = 50


class LastingFault:
    """A fault, such as a store that does not answer; each cause is told once in ten seconds.

    A line has the `count` of calls that met the cause since the line before. Some calls may meet it
    and others not, so it is over once no call has met it for ten seconds.
    """

    def __init__(
        self,
        logger: logging.Logger,
        message: str,
        message_over: str,
        now_s: Callable[[], float] = time.monotonic,
        *,
        level: int = logging.WARNING,
    ) -> None:
        """Take the logger, and the messages of its lines: while it lasts, and when it is over."""
        self._log, self._level = logger, level
        self._messages = message, message_over
        self._now_s = now_s
        self._met_at = -math.inf
        self._told_at: dict[str, float] = {}
        self._untold = Counter[str]()
        self.lasts = False
        """Whether a call has met it since it was over, which a caller may ask at each success."""

    def met(self, cause: str) -> None:
        """Count a call that met the fault; `cause` is of few words, and none of a caller's."""
        self.lasts, self._met_at = True, self._now_s()
        self._untold[cause] += 1
        if len(self._told_at) >= _MOST_CAUSES:
            self._told_at.clear()
        if self._met_at >= self._told_at.get(cause, -math.inf) + _TOLD_EVERY_S:
            self._told_at[cause] = self._met_at
            extra = {"detail": cause, "count": self._untold.pop(cause)}
            self._log.log(self._level, self._messages[0], extra=extra)

    def not_met(self) -> None:
        """Note a call that did not meet it; the last line has the calls that no line told."""
        if self.lasts and self._now_s() >= self._met_at + _TOLD_EVERY_S:
            self.lasts = False
            self._log.warning(self._messages[1], extra={"count": self._untold.total()})
            self._told_at.clear()
            self._untold.clear()
