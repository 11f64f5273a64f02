"""A plain blocking HTTP client for the stack's hosts, whose names Python does not resolve."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from link_dev.harness.addresses import LOOPBACK

_PATIENCE_S: Final = 30.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answered: status, headers with names in lower case, and the JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)  # it may hold tokens, which no failing test should print

    @property
    def data(self) -> Any:  # noqa: ANN401  # JSON
        """`data` of the envelope, or a flat body whole; a refusal raises `Refused`."""
        if self.status not in {200, 201}:
            raise Refused(self)
        return self.body.get("data", self.body)

    @property
    def code(self) -> str | None:
        """The code of a refusal, for example `INSUFFICIENT_SCOPE`; `None` for a success."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return None if error is None else str(error["code"])


class Refused(AssertionError):
    """A call that had to succeed was refused; the text names status and code."""

    def __init__(self, answer: Answer) -> None:
        """Take the refusal."""
        request_id = answer.headers.get("x-request-id")
        super().__init__(f"{answer.status} {answer.code} (X-Request-Id {request_id})")
        self.answer = answer


def call(
    method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Call a URL of this machine, whatever its host is named; without a `body` none is sent."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    sent = {"Host": parts.netloc, **(headers or {})}
    text = None
    if body is not None:
        sent, text = {"Content-Type": "application/json", **sent}, json.dumps(body)
    connection = http.client.HTTPConnection(LOOPBACK, parts.port or 80, timeout=_PATIENCE_S)
    try:
        connection.request(method, target, body=text, headers=sent)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    names = {name.lower(): value for name, value in response.getheaders()}
    is_json = "json" in names.get("content-type", "")
    return Answer(response.status, names, json.loads(content) if is_json else content.decode())
