"""Writes log lines together, a moment late."""

import asyncio
import logging
from contextlib import nullcontext
from typing import Final, TextIO

KNOWN_FIELDS: Final = "known_fields"
"""The attribute of a record that names its fields, which are then all in the record itself."""

_KEPT_S: Final = 0.1
_MOST_KEPT: Final = 500


class LogWriter(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs alone
    """Formats and writes lines together, at most 0.1 s late; a warning or an error without delay.

    A write a line, or a turn of the event loop, would cost more than the line, and many lines in a
    row are formatted in a fraction of the time that each takes amid a request. It stays silent when
    a record cannot be written; the default would print its arguments.
    """

    def __init__(self, stream: TextIO) -> None:
        """Take the stream to write to."""
        super().__init__(stream)
        self._kept: list[str | logging.LogRecord] = []
        self._flushing_loop: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or keep it for a moment while an event loop runs.

        A record whose fields are known holds all that its line needs; of any other the line is kept
        at once, since what it refers to may change.
        """
        try:
            is_known = KNOWN_FIELDS in record.__dict__
            # First: what a formatter logs itself may be written meanwhile.
            line = record if is_known else self.format(record)
            kept = self._kept
            kept.append(line)
            loop = asyncio._get_running_loop()  # noqa: SLF001  # the public one raises instead
            if loop is None or record.levelno >= logging.WARNING or len(kept) >= _MOST_KEPT:
                self.flush()
            elif loop is not self._flushing_loop:
                self._flushing_loop = loop
                loop.call_later(_KEPT_S, self.flush)
        except Exception:  # noqa: BLE001  # as `logging` does: a log line fails no call
            self.handleError(record)

    def flush(self) -> None:
        """Write what was kept."""
        with self.lock or nullcontext():
            kept, self._kept, self._flushing_loop = self._kept, [], None
            if kept:
                self.stream.write("".join(map(self._line, kept)))
            super().flush()

    def _line(self, kept: str | logging.LogRecord) -> str:
        """Return the line of what was kept; one that cannot be formatted takes no other with it."""
        try:
            return f"{kept if isinstance(kept, str) else self.format(kept)}\n"
        except Exception:  # noqa: BLE001  # as `emit`
            return ""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Do nothing: the inherited method prints message and arguments without redaction."""
