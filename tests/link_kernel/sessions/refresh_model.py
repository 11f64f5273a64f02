"""The refresh rule as a plain model, and the holders of a token who play against it."""

from dataclasses import dataclass, field
from uuid import uuid4

from link_kernel.sessions.outcomes import Lifetimes, RotateOutcome

MINUTE_MS = 60_000
LIFETIMES = Lifetimes(idle_ms=10 * MINUTE_MS, absolute_ms=60 * MINUTE_MS)


@dataclass
class Holder:
    """A holder of a refresh token: the generation, and the idempotency key of the first try."""

    generation: int
    key: str = field(default_factory=lambda: uuid4().hex)

    def receive(self) -> None:
        """Store the successor token, and make a new idempotency key."""
        self.generation += 1
        self.key = uuid4().hex


@dataclass
class Model:
    """The refresh rule as a plain model, without Redis."""

    generation: int = 0
    made_by: str = "init"
    ended: bool = False
    idle_left: int = LIFETIMES.idle_ms
    life_left: int = LIFETIMES.absolute_ms
    spent: dict[int, str] = field(default_factory=dict)
    before: tuple[int, str, dict[int, str]] = field(default_factory=lambda: (0, "init", {}))

    def expect(self, generation: int, key: str) -> RotateOutcome:  # noqa: PLR0911  # one return a row
        """Return the expected outcome of a refresh, and update the model."""
        if self.ended:
            return RotateOutcome.REVOKED
        if self.idle_left <= 0 or self.life_left <= 0:
            return RotateOutcome.EXPIRED
        if generation > self.generation:
            self._rotate(generation, key)
            return RotateOutcome.RECOVERED
        if generation == self.generation and key != self.made_by:
            self._rotate(generation, key)
            return RotateOutcome.ROTATED
        if generation == self.generation:
            return RotateOutcome.KEY_REUSED
        if generation == self.generation - 1 and key == self.made_by:
            return RotateOutcome.REPLAYED
        if generation in self.late_repeats and self.spent.get(generation) == key:
            return RotateOutcome.SUPERSEDED
        self.ended = True
        return RotateOutcome.REUSED

    def _rotate(self, generation: int, key: str) -> None:
        self.before = (self.generation, self.made_by, dict(self.spent))
        for lost in range(self.generation, generation):
            self.spent.pop(lost, None)
        self.spent[generation] = key
        self.generation, self.made_by = generation + 1, key
        self.idle_left = min(LIFETIMES.idle_ms, self.life_left)

    def lose_a_write(self) -> None:
        """Restore the state before the last rotation, as a failover does."""
        self.generation, self.made_by, self.spent = self.before

    @property
    def late_repeats(self) -> range:
        """The generations whose keys are still known, but for the last one spent."""
        return range(max(0, self.generation - 5), self.generation - 1)
