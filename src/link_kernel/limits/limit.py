"""A rate limit, and the `RateLimited` error (429) of a call over it."""

import math
from dataclasses import dataclass, field
from typing import Final

from link_kernel.errors import RateLimited
from link_kernel.observability.security_events import SecurityEvent

POLICY_FIELD: Final = "RateLimit-Policy"
STATE_FIELD: Final = "RateLimit"
FIELDS: Final = (POLICY_FIELD, STATE_FIELD)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any `window_s` seconds; `name`, of a closed set, is sent to clients.

    From `crowd` calls on the window is crowded: see `RateLimiter.is_crowded`. `event` replaces the
    event of `RateLimited`. Neither is part of a window's identity, which is hashed at each call.
    """

    name: str
    calls: int
    window_s: int = 60
    crowd: int | None = field(default=None, compare=False)
    event: SecurityEvent | None = field(default=None, compare=False)

    def refusal(self, wait_s: float, *, event: SecurityEvent | None = None) -> RateLimited:
        """Return the error for a call over the limit, with a retry after `wait_s` seconds.

        The headers are those of draft-ietf-httpapi-ratelimit-headers. `event` replaces the limit's.
        """
        whole_s = min(max(math.ceil(wait_s), 1), self.window_s)
        return RateLimited(
            self.name,
            retry_after_s=whole_s,
            headers={
                POLICY_FIELD: f'"{self.name}";q={self.calls};w={self.window_s}',
                STATE_FIELD: f'"{self.name}";r=0;t={whole_s}',
            },
            event=event or self.event,
        )
