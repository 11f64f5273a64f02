"""Every Redis key of the shared session store, in one place (docs/protocol.md#redis-keys, `v1`).

One customer's keys share a hash tag, so that every script stays in one cluster slot. The slot tag
of a guest is its own elements session id.
"""

from typing import Final

from link_kernel.ids import sha256_hex

PREFIX: Final = "link:v1:"
BUSINESS_PATTERN: Final = f"{PREFIX}business:*"
REVOCATIONS: Final = f"{PREFIX}revocations"
LIMIT: Final = f"{PREFIX}limit"  # the library adds `:<name>/<subject>/<calls>/<seconds>/second`


def link_token(token: str) -> str:
    """Key of the string `<customer_id> <link_session_id>` that a `lnk_` token stands for."""
    return f"{PREFIX}token:{sha256_hex(token)}"


def link_session(customer_id: str, link_session_id: str) -> str:
    """Key of the hash that holds a link session."""
    return f"{PREFIX}{{{customer_id}}}:session:{link_session_id}"


def ended_link_session(customer_id: str, link_session_id: str) -> str:
    """Key of the note that this link session was ended, so that no repeat makes it anew."""
    return f"{PREFIX}{{{customer_id}}}:ended:{link_session_id}"


def session_index(partition: str) -> str:
    """Key of the sorted set of a customer's sessions: id → expiry in epoch milliseconds."""
    return f"{PREFIX}{{{partition}}}:sessions"


def elements_session(partition: str, session_id: str) -> str:
    """Key of the hash that holds an elements session."""
    return f"{PREFIX}{{{partition}}}:elements:{session_id}"


def partition_of(session_id: str) -> str:
    """Key of the string that says in which slot a customer's session lies, by its id alone."""
    return f"{PREFIX}slot:{session_id}"


def dpop_proof(partition: str, jti_hash: str) -> str:
    """Key of the string that says which request a DPoP proof served: the request's hash."""
    return f"{PREFIX}{{{partition}}}:dpop:{jti_hash}"


def business(business_id: str) -> str:
    """Key of the hash that holds a business's configuration; the one kind of key without a TTL."""
    return f"{PREFIX}business:{business_id}"


def refused_origins(business_id: str) -> str:
    """Key of the sorted set of origins refused for a business: origin → when last."""
    return f"{PREFIX}{{{business_id}}}:refused-origins"


def refused_counts(business_id: str) -> str:
    """Key of the hash that says of each of them how often it was refused, and since when."""
    return f"{PREFIX}{{{business_id}}}:refused-counts"
