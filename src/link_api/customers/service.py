"""A customer, as the rest of the Link API knows one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who proved a contact, and the one account that is theirs."""

    id: str
    account_id: str
