"""How long sessions live (design section 5, Life)."""

from dataclasses import dataclass

from link_kernel.session_record import Identity
from link_kernel.session_verdicts import Lives


@dataclass(frozen=True, slots=True)
class SessionLives:
    """Lives of guests and of customers, in seconds."""

    guest_idle_s: int
    idle_s: int
    absolute_s: int

    def of(self, identity: Identity) -> Lives:
        """Return the lives of a session that speaks for `identity`."""
        idle_s = self.guest_idle_s if identity.customer_id is None else self.idle_s
        return Lives(idle_ms=idle_s * 1000, absolute_ms=self.absolute_s * 1000)
