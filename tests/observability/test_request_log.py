"""The lines of docs/request-log.md are those that both services write, with these fields."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from tests.support.clients.every_call import Services, make_every_call
from tests.support.logged import logged_text

PAGE: Final = (Path(__file__).parents[2] / "docs/request-log.md").read_text("utf-8")
TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array of strings": (list,),
}
RARE: Final = {
    *(("failed", field) for field in ("request_id", "exception", "traceback")),
    *(("security_event", field) for field in ("link_session_id", "kid", "version")),
    ("request", "trace_id"),
}
"""What needs a fault of ours, a failover, a new keyring or a collector of traces.

See tests/link_kernel/observability/test_logs.py and tests/deploys/test_traces.py.
"""


def documented() -> dict[str, dict[str, tuple[type, ...]]]:
    """Return the types of each line's fields."""
    lines: dict[str, dict[str, tuple[type, ...]]] = defaultdict(dict)
    for row in re.findall(r"^\| `?(\w+)`? \| `(\w+)` \| ([a-z ]+) \|", PAGE, re.MULTILINE):
        line, field, kind = row
        lines[line][field] = TYPES[kind]
    return {line: lines["every"] | fields for line, fields in lines.items() if line != "every"}


async def test_both_services_write_the_lines_of_the_page_with_its_fields(
    services: Services,
) -> None:
    with logged_text() as text:
        await make_every_call(services)
    written: list[dict[str, Any]] = [json.loads(line) for line in text.getvalue().splitlines()]
    pages = documented()
    met = set()
    for line in written:
        fields = pages.get(line["message"], {})
        for name, value in line.items() if fields else ():
            assert name in fields, line
            assert isinstance(value, fields[name]), line
            met.add((line["message"], name))
    every = {(line, field) for line, fields in pages.items() for field in fields}
    rare = {(line, field) for line, field in every if (line, field) in RARE or line == "failed"}
    assert met >= every - rare


async def test_each_call_is_one_line_that_the_client_can_name(services: Services) -> None:
    with logged_text() as text:
        answer = await services.bridge.public.http.get("/elements/nothing?secret=1")
        data = await services.link.link.call("GET", "data")
    lines = [json.loads(line) for line in text.getvalue().splitlines()]
    for response, route in ((answer, "unknown"), (data, "/v1/link/data")):
        own = [line for line in lines if line.get("request_id") == response.headers["X-Request-Id"]]
        assert [line["message"] for line in own] == ["refused", "request"]
        assert (own[1]["route"], own[1]["status"]) == (route, response.status)
    assert "secret" not in text.getvalue()
