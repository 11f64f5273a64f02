"""A blocking HTTP client for the stack's hosts (`*.localhost`), which Python does not resolve."""

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
    """An HTTP response: status, headers with names in lower case, and the JSON body."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)  # it may hold tokens, which no failing test should print

    @property
    def data(self) -> Any:  # noqa: ANN401  # JSON
        """`data` of the envelope, or the whole body of a flat answer; an error raises `Refused`."""
        if self.status not in {200, 201}:
            raise Refused(self)
        return self.body.get("data", self.body)

    @property
    def code(self) -> str | None:
        """The error code, for example `INSUFFICIENT_SCOPE`; `None` for a success."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return None if error is None else str(error["code"])


class Refused(AssertionError):
    """A call that should succeed got an error; the text names status and code."""

    def __init__(self, answer: Answer) -> None:
        """Take the error response."""
        request_id = answer.headers.get("x-request-id")
        super().__init__(f"{answer.status} {answer.code} (X-Request-Id {request_id})")
        self.answer = answer


def call(
    method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Call a URL on loopback, whatever its host name; without `body` the request has none."""
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
