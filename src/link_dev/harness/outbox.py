"""The codes that were sent, for the person and the tests that must type them in."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import hdrs, web

from link_api.contacts import Contact
from link_kernel.clock import Clock

_KEPT: Final = 50
_NO_STORE: Final = {hdrs.CACHE_CONTROL: "no-store"}


@dataclass(frozen=True, slots=True)
class SentCode:
    """One code, who it went to and when (RFC 3339)."""

    contact: str
    code: str
    sent_at: str


class Outbox:
    """A sender that delivers nothing: it keeps the last codes, newest first."""

    def __init__(self, clock: Clock, tell: Callable[[SentCode], None] | None = None) -> None:
        """Take the clock and, where a person watches, how to tell them of a code."""
        self._clock = clock
        self._tell = tell
        self._sent: deque[SentCode] = deque(maxlen=_KEPT)

    @property
    def sent(self) -> list[SentCode]:
        """The codes, newest first."""
        return list(self._sent)

    async def send(self, contact: Contact, code: str) -> None:
        """Keep the code."""
        sent_at = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        sent = SentCode(contact.address, code, sent_at.isoformat(timespec="milliseconds"))
        self._sent.appendleft(sent)
        if self._tell:
            self._tell(sent)

    async def show(self, _request: web.Request) -> web.Response:
        """`GET /dev/outbox`: newest first."""
        return web.json_response([asdict(sent) for sent in self._sent], headers=_NO_STORE)
