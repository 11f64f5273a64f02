"""Rows whose every request is the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bare import BODY, PATH
from benchmarks.measuring.messages import Answer, request


@dataclass(frozen=True)
class Same:
    """One request again and again, which must get this status, and this body if one is given."""

    sent: bytes
    status: int = 200
    body: bytes | None = None

    async def prepare(self, count: int) -> list[bytes]:
        """Return the request so many times."""
        return [self.sent] * count

    def take(self, answers: Sequence[Answer]) -> None:
        """Check each answer."""
        for answer in answers:
            answer.expect(self.status)
            assert self.body in {None, answer.body}, answer.body


BARE_CALLS = Same(request("GET", PATH), body=BODY)
