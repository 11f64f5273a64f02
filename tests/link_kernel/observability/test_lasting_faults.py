"""A fault that many calls meet is told when it begins, while it lasts and when it is over."""

import logging
from typing import Any

import pytest

from link_kernel.observability.lasting_faults import LastingFault

_log = logging.getLogger(__name__)


class Time:
    """Seconds that pass when a test says so."""

    s = 100.0


@pytest.fixture
def fault() -> LastingFault:
    """A fault at a time of the test's own."""
    Time.s = 100.0
    return LastingFault(_log, "down", "up", lambda: Time.s)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, Any, Any]]:
    fields = [record.__dict__ for record in caplog.records]
    caplog.clear()
    return [(one["msg"], one.get("detail"), one["count"]) for one in fields]


def test_calls_at_once_are_one_line_for_each_cause(
    fault: LastingFault, caplog: pytest.LogCaptureFixture
) -> None:
    for cause in ("TimeoutError", "ConnectionError", "TimeoutError", "TimeoutError"):
        fault.met(cause)
    assert told(caplog) == [("down", "TimeoutError", 1), ("down", "ConnectionError", 1)]


def test_while_it_lasts_it_is_told_every_ten_seconds_with_the_calls_since(
    fault: LastingFault, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(25):
        fault.met("TimeoutError")
        Time.s += 1
    assert told(caplog) == [("down", "TimeoutError", count) for count in (1, 10, 10)]


def test_it_is_over_once_and_only_after_ten_seconds_without_it(
    fault: LastingFault, caplog: pytest.LogCaptureFixture
) -> None:
    fault.not_met()
    fault.met("TimeoutError")
    fault.met("TimeoutError")
    fault.not_met()
    Time.s += 10
    fault.not_met()
    fault.not_met()
    assert told(caplog) == [("down", "TimeoutError", 1), ("up", None, 1)]

    fault.met("TimeoutError")
    assert told(caplog) == [("down", "TimeoutError", 1)]
