"""Redis keys of one-time codes, which the Link API alone uses; the kernel has the shared keys.

A contact and a network stand in a key only as their MAC. One contact's keys share a hash tag, so
that every script stays in one Redis Cluster slot.
"""

from typing import Final

from link_kernel.ids import sha256_hex
from link_kernel.redis.keys import PREFIX


def codes(contact_mac: str, binding: str) -> str:
    """Key of the hash that holds the codes of a contact under one binding."""
    return f"{PREFIX}{{{contact_mac}}}:otp-codes:{sha256_hex(binding)}"


def code_keys(contact_mac: str) -> str:
    """Key of the sorted set of a contact's keys that hold codes, so that they can be deleted."""
    return f"{PREFIX}{{{contact_mac}}}:otp-code-keys"


def messages(contact_mac: str) -> str:
    """Key of the sorted set of messages to a contact in a day."""
    return f"{PREFIX}{{{contact_mac}}}:otp-messages"


def proved_networks(contact_mac: str) -> str:
    """Key of the sorted set of networks where the contact was proved: /24 or /48 MAC → epoch ms."""
    return f"{PREFIX}{{{contact_mac}}}:otp-proved"


def strangers(contact_mac: str) -> str:
    """Key of the hash that holds when the strangers' allowance of a contact is whole again."""
    return f"{PREFIX}{{{contact_mac}}}:otp-strangers"


def wrong_tries(contact_mac: str) -> str:
    """Key of the sorted set of wrong tries at a contact's codes in a day."""
    return f"{PREFIX}{{{contact_mac}}}:otp-tries"


def spent_code(contact_mac: str, key_hash: str) -> str:
    """Key of the hash that holds the code one `Idempotency-Key` was spent for."""
    return f"{PREFIX}{{{contact_mac}}}:otp-key:{key_hash}"


def counted_at(contact_mac: str) -> str:
    """Key of the sorted set of where an unproved contact counts: `<network> <site>` → epoch ms."""
    return f"{PREFIX}{{{contact_mac}}}:otp-counted"


def contacts_asked(network_mac: str) -> str:
    """Key of the sorted set of unproved contacts a network asked codes for: MAC → epoch ms."""
    return f"{PREFIX}{{{network_mac}}}:otp-unproved"


def confirmations(customer_id: str, use: str) -> str:
    """Key of the hash that holds what a session has confirmed for one purpose, by its codes."""
    return f"{PREFIX}{{{customer_id}}}:otp-confirmed:{use}"


def asked_contact(customer_id: str, use: str) -> str:
    """Key of the string that holds the contact to which a session's code for a purpose was sent."""
    return f"{PREFIX}{{{customer_id}}}:otp-asked:{use}"


MESSAGES_UNPROVED: Final = f"{PREFIX}{{otp}}:unproved"
"""Key of the sorted set of an hour's messages to phones never proved: call → epoch ms."""

MESSAGES_PROVED: Final = f"{PREFIX}{{otp}}:proved"
"""Key of the sorted set of those whose phone was proved since."""

TOLD_EVENTS: Final = f"{PREFIX}{{otp}}:events"
"""Key of the hash that holds when an event of the deployment was told, and by which call."""


def messages_of_site(site_mac: str) -> str:
    """Key of the sorted set of messages to unproved phones asked for from a /24 or /48."""
    return f"{PREFIX}{{otp}}:site:{site_mac}"


def messages_to_phone(contact_mac: str) -> str:
    """Key of the sorted set of messages to one phone that is counted as never proved."""
    return f"{PREFIX}{{otp}}:phone:{contact_mac}"


def of_contact(contact_mac: str, binding: str) -> tuple[str, ...]:
    """Keys of a contact, and of its codes under one binding; the last one is a pattern."""
    return (
        *(codes(contact_mac, binding), messages(contact_mac), proved_networks(contact_mac)),
        *(strangers(contact_mac), wrong_tries(contact_mac), counted_at(contact_mac)),
        *(code_keys(contact_mac), spent_code(contact_mac, "*")),
    )


def counts_of(mac: str) -> tuple[str, ...]:
    """Keys of all that holds messages back, without codes and what was proved; `*` is a pattern."""
    return (
        *(messages(mac), strangers(mac), contacts_asked(mac)),
        *(MESSAGES_UNPROVED, messages_of_site(mac), messages_to_phone(mac)),
    )
