"""When a log line is written: together with others, and at once where it matters."""

import asyncio
import io
import json
import logging
import sys

import pytest

from link_kernel.observability.log_writer import LogWriter
from link_kernel.observability.logs import REQUEST_ID, JsonFormatter, configure_logs, log_request

pytestmark = pytest.mark.usefixtures("logging_as_before")

_log = logging.getLogger("test.logs")


class _Watched(io.StringIO):
    """A stream that says when something is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def write(self, text: str, /) -> int:
        self.written.set()
        return super().write(text)

    def messages(self) -> list[str]:
        return [json.loads(line)["message"] for line in self.getvalue().splitlines()]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> _Watched:
    """Replace standard error."""
    stream = _Watched()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs("json", "info")
    return stream


async def test_lines_of_a_running_loop_are_written_together(watched: _Watched) -> None:
    """A moment later, in order."""
    _log.info("first")
    _log.info("second")
    assert not watched.messages()

    await watched.written.wait()
    assert watched.messages() == ["first", "second"]


async def test_a_warning_does_not_wait(watched: _Watched) -> None:
    """Nor does what was said before it."""
    _log.info("first")
    _log.warning("second")
    assert watched.messages() == ["first", "second"]


async def test_a_line_says_in_which_call_it_was_logged(watched: _Watched) -> None:
    """Not in which call it is written, a moment later."""
    token = REQUEST_ID.set("of-the-call")
    _log.info("first")
    REQUEST_ID.reset(token)

    await watched.written.wait()
    assert json.loads(watched.getvalue())["request_id"] == "of-the-call"


async def test_no_more_than_500_lines_are_kept(watched: _Watched) -> None:
    """Memory is bounded, whatever is logged in a moment."""
    for _ in range(499):
        _log.info("said")
    assert not watched.messages()

    _log.info("said")
    assert len(watched.messages()) == 500


def test_a_loop_that_ended_early_keeps_no_line_from_being_written(watched: _Watched) -> None:
    """Its timer never came; the next loop has its own."""

    async def say(text: str) -> None:
        _log.info(text)

    asyncio.run(say("first"))

    async def say_and_wait(text: str) -> None:
        _log.info(text)
        await watched.written.wait()

    asyncio.run(say_and_wait("second"))
    assert watched.messages() == ["first", "second"]


async def test_a_line_that_cannot_be_formatted_takes_no_other_with_it(watched: _Watched) -> None:
    """Requests are formatted together, a moment after they were answered."""

    class Formatting(JsonFormatter):
        def format(self, record: logging.LogRecord) -> str:
            if vars(record).get("status") == 500:
                raise RuntimeError
            return super().format(record)

    [ours] = [known for known in logging.getLogger().handlers if isinstance(known, LogWriter)]
    ours.setFormatter(Formatting())
    for status in (200, 500, 204):
        log_request(_log, request_id="r", method="GET", route="/", status=status, duration_ms=1.0)
    _log.warning("last")

    assert watched.messages() == ["request", "request", "last"]
