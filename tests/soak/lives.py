"""What becomes of each session in a day: when it begins, refreshes, sleeps and ends.

A day is counted in steps of four minutes: an access token lives for five, and a frame refreshes at
80 % of that. Each life follows from its number, so that every run plays the same day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STEP_S: Final = 4 * 60
_IDLE_STEPS: Final = {False: 2, True: 6}  # a sleep that a guest survives, and a customer
_LONGEST: Final = 12 * 60 * 60 // STEP_S
_OF_A_HUNDRED: Final = 100
# Prime to one hundred, so that ways, begins and kinds of customers are spread over each other.
_SPREAD: Final = 37
_CUSTOMERS: Final = 30


class Way(StrEnum):
    """How the life of a session goes."""

    CLOSED = "tab closed"
    """It is refreshed up to four times, and then its tab is closed."""
    NAPPED = "slept"
    """Its device sleeps three times, each time nearly as long as the idle lifetime."""
    OVERSLEPT = "overslept"
    """Its device sleeps beyond the idle lifetime, some of them for hours: it has ended rightly."""
    LEFT = "logged out"
    """The customer logs out."""
    ROBBED = "robbed"
    """Somebody else spends a copy of its token, too."""
    STAYED = "open all day"
    """It is refreshed until the end of its absolute lifetime."""


@dataclass(frozen=True)
class Life:
    """One session's: the steps at which it is refreshed, the first of them after its begin."""

    begins: int
    is_customer: bool
    way: Way
    refreshes: tuple[int, ...]


def lives(sessions: int, steps: int) -> Iterator[Life]:
    """Yield the lives of a day; six in ten begin within the hour of a sale, before its middle."""
    rush = range(steps // 3, steps // 3 + max(1, steps // 24))
    for number in range(sessions):
        is_in_rush = number % 10 < 6
        begins = (
            rush[number // 10 % len(rush)] if is_in_rush else number * _SPREAD % (steps * 9 // 10)
        )
        yield _life(number, begins, steps)


def _life(number: int, begins: int, steps: int) -> Life:
    is_customer = number * _SPREAD % _OF_A_HUNDRED < _CUSTOMERS
    way = _way(number)
    after = _refreshes(way, number, _IDLE_STEPS[is_customer])
    seen = tuple(begins + step for step in after if begins + step < steps)
    return Life(begins, is_customer, way, seen)


def _way(number: int) -> Way:
    part = number // 3 % _OF_A_HUNDRED
    if number % 400 == 7:
        return Way.STAYED
    for most, way in ((10, Way.NAPPED), (18, Way.OVERSLEPT), (24, Way.LEFT), (26, Way.ROBBED)):
        if part < most:
            return way
    return Way.CLOSED


def _refreshes(way: Way, number: int, idle_steps: int) -> Iterator[int]:
    """Yield the steps of the refreshes, counted from the begin."""
    match way:
        case Way.CLOSED:
            yield from range(1, 1 + number % 5)
        case Way.NAPPED:
            yield from (1, 1 + idle_steps, 2 + idle_steps, 2 + 2 * idle_steps, 2 + 3 * idle_steps)
        case Way.OVERSLEPT:
            # Just too long, past what is kept of an ended session, or until the next shift.
            yield from (1, 1 + idle_steps + (2, 6, 45)[number % 3])
        case Way.LEFT | Way.ROBBED:
            yield from (1, 2)
        case Way.STAYED:
            yield from range(1, _LONGEST + 2)
