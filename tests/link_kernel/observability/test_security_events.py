"""Names of security events are a contract: the page lists each, and a report has no other."""

import json
import logging
import re
from pathlib import Path

import pytest

from link_kernel.observability.logs import JsonFormatter
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityEvent, SecurityLog

PAGE = Path(__file__).parents[3] / "docs" / "security-events.md"


def test_the_page_lists_every_event_and_no_other() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(event.value for event in SecurityEvent)


def test_an_event_is_one_line_and_one_count(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()

    SecurityLog(metrics).report(SecurityEvent.ORIGIN_REFUSED, origin="https://evil.example")

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    line = json.loads(JsonFormatter().format(record))
    assert line["logger"] == "link.security"
    assert (line["message"], line["event"]) == ("security_event", "origin_refused")
    assert line["origin"] == "https://evil.example"
    assert b'link_security_events_total{event="origin_refused"} 1.0' in metrics.text()
