"""Makes reserved contacts, a new one for each test: nobody's, with a known code in test mode."""

import secrets
from itertools import count
from typing import Final, Literal

from link_api.reserved.contacts import BLOCKS, DOMAIN, ENDINGS, Outcome

Country = Literal["CI", "GH", "KE"]
# Random numbers would soon meet: of 400 customers two would be one.
_NEXT: Final = count(secrets.randbelow(10**6))


def reserved_phone(outcome: Outcome = Outcome.WORKS, country: Country = "GH") -> str:
    """Return another reserved number that plays an outcome, at each of 100,000 calls or more."""
    block = BLOCKS[country]
    [ending] = (ending for ending, played in ENDINGS.items() if played is outcome)
    own = next(_NEXT) % 10**block.free_digits
    return f"{block.prefix}{own:0{block.free_digits}}{ending}"


def reserved_mailbox(outcome: Outcome = Outcome.WORKS) -> str:
    """Return a new reserved mailbox that plays an outcome."""
    return f"{secrets.token_hex(8)}+{outcome}@{DOMAIN}"
