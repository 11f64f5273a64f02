"""Redis keys of one-time codes, which the Link API alone uses; the kernel has the shared keys.

A contact and a network stand in a key only as their MAC. One contact's keys share a hash tag, so
that every script stays in one Redis Cluster slot.
"""

from link_kernel.redis.keys import PREFIX


def open_code(contact_mac: str, binding: str) -> str:
    """Key of the hash that holds the open code of a contact under one binding."""
    return f"{PREFIX}{{{contact_mac}}}:otp:{binding}"


def spent_code(contact_mac: str, key_hash: str) -> str:
    """Key of the hash that holds the code one `Idempotency-Key` was spent for."""
    return f"{PREFIX}{{{contact_mac}}}:otp-spent:{key_hash}"


def codes_sent(contact_mac: str) -> str:
    """Key of the sorted set of a contact's codes of a day: `<id> <network>` → epoch ms."""
    return f"{PREFIX}{{{contact_mac}}}:otp-sent"


def contact_proof(contact_mac: str) -> str:
    """Key of the hash that holds the time at which the contact was last proved."""
    return f"{PREFIX}{{{contact_mac}}}:otp-proof"


def contacts_asked(network_mac: str) -> str:
    """Key of the sorted set of contacts one network asked codes for: contact MAC → epoch ms."""
    return f"{PREFIX}{{{network_mac}}}:otp-contacts"
