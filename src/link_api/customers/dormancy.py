"""After how long a silence a phone that is proved again is taken for another person's.

A day is a whole number since 1970-01-01, in UTC.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from link_api.spelling.contacts import Contact
from link_kernel.clock import Clock

DAY_MS: Final = 24 * 60 * 60_000
_FIRST_DAY: Final = date(1970, 1, 1)


def today(clock: Clock) -> int:
    """Return the current day."""
    return clock.now_ms() // DAY_MS


def day_of(day: int) -> date:
    """Return a day of ours as the calendar has it."""
    return _FIRST_DAY + timedelta(days=day)


@dataclass(frozen=True, slots=True)
class Dormancy:
    """The bound of a customer's silence: whole days, neither first nor last one counted; 0 is none.

    `active_on` is the day of the last proved sign-in or refresh, `None` where no release noted it:
    such a customer is not dormant.
    """

    days: int
    clock: Clock

    def is_over(self, active_on: int | None) -> bool:
        """Tell whether who was last active on that day is dormant today."""
        if not self.days or active_on is None:
            return False
        return today(self.clock) - active_on > self.days

    def begins_anew(self, contact: Contact, active_on: int | None) -> bool:
        """Tell whether this contact of theirs begins anew: carriers give numbers to others.

        Providers of mailboxes do not, so an e-mail address is always its customer's.
        """
        return contact.contact_type == "phone" and self.is_over(active_on)
