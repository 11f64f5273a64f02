"""HTTP/1.1 by hand: requests as bytes made ahead, responses read by their Content-Length."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_STATUS: Final = slice(9, 12)  # after "HTTP/1.1 "
_NO_CONTENT: Final = 204


class AnswerUnreadable(Exception):
    """A response has no Content-Length, so its end is unknown to this reader."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    body: bytes

    def json(self, *, status: int = 200) -> Any:  # noqa: ANN401  # JSON
        """Return the body's JSON; an `AssertionError` quotes the body of any other status."""
        self.expect(status)
        return json.loads(self.body)

    def expect(self, status: int) -> None:
        """Fail with the body unless the status is this one."""
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:500]!r}"


def request(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
) -> bytes:
    """Return a request for loopback; a body that is not bytes is sent as JSON."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    sent = b""
    if isinstance(body, bytes):
        sent = body
    elif body is not None:
        sent = json.dumps(body, separators=(",", ":")).encode()
        lines.append("Content-Type: application/json")
    if body is not None:
        lines.append(f"Content-Length: {len(sent)}")
    return "\r\n".join(lines).encode() + _END + sent


def read_answer(received: bytes | bytearray) -> Answer | None:
    """Return the response that was received, `None` while a part of it is missing.

    Raises `AnswerUnreadable`.
    """
    end = received.find(_END)
    if end < 0:
        return None
    start = end + len(_END)
    status = int(received[_STATUS])
    length = _LENGTH.search(received, 0, start)
    if length is None and status != _NO_CONTENT:
        raise AnswerUnreadable(bytes(received[:start]))
    stop = start + (int(length[1]) if length else 0)
    if len(received) < stop:
        return None
    return Answer(status, bytes(received[start:stop]))
