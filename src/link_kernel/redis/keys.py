"""The names of all Redis keys of the shared session store (docs/protocol.md#redis-keys, `v1`).

All keys of a customer share a hash tag, the partition, so that each script stays in one slot of a
Redis Cluster. The partition of a guest is the id of its own elements session.
"""

from typing import Final

from link_kernel.ids import sha256_hex

PREFIX: Final = "link:v1:"
BUSINESS_PATTERN: Final = f"{PREFIX}business:*"
REVOCATIONS: Final = f"{PREFIX}revocations"
READINESS: Final = f"{PREFIX}ready:none:"  # of keys that never exist, by which writes are tried
MARK: Final = f"{PREFIX}mark:"  # one on each primary, by which a Redis that lost its data is told
LIMIT: Final = f"{PREFIX}limit"  # the library adds `:<name>/<subject>/<calls>/<seconds>/second`


def link_token(token: str) -> str:
    """Key of the string `<customer_id> <link_session_id>` that belongs to a `lnk_` token."""
    return f"{PREFIX}token:{sha256_hex(token)}"


def link_session(customer_id: str, link_session_id: str) -> str:
    """Key of the hash that holds a link session."""
    return f"{PREFIX}{{{customer_id}}}:session:{link_session_id}"


def ended_link_session(customer_id: str, link_session_id: str) -> str:
    """Key of the marker that this link session was ended, so that no retry creates it again."""
    return f"{PREFIX}{{{customer_id}}}:ended:{link_session_id}"


def session_index(partition: str) -> str:
    """Key of the sorted set of a customer's sessions: id → expiry in epoch milliseconds."""
    return f"{PREFIX}{{{partition}}}:sessions"


def elements_session(partition: str, session_id: str) -> str:
    """Key of the hash that holds an elements session."""
    return f"{PREFIX}{{{partition}}}:elements:{session_id}"


def partition_of(session_id: str) -> str:
    """Key of the string that holds the partition of a customer's session, by the session's id."""
    return f"{PREFIX}slot:{session_id}"


def dpop_proof(partition: str, jti_hash: str) -> str:
    """Key of the string that holds the hash of the request that a DPoP proof served."""
    return f"{PREFIX}{{{partition}}}:dpop:{jti_hash}"


def business(business_id: str) -> str:
    """Key of the hash that holds a business's configuration; the only kind of key without a TTL."""
    return f"{PREFIX}business:{business_id}"


def refused_origins(business_id: str, *, unverified: bool = False) -> str:
    """Key of the sorted set of rejected origins of a business: origin → time of the last one.

    Those that a report alone claims have keys of their own, of the same kinds.
    """
    return f"{PREFIX}{{{_claimed(business_id, unverified=unverified)}}}:refused-origins"


def refused_counts(business_id: str, *, unverified: bool = False) -> str:
    """Key of the hash that holds, for each rejected origin, the count and the time of the first."""
    return f"{PREFIX}{{{_claimed(business_id, unverified=unverified)}}}:refused-counts"


def _claimed(business_id: str, *, unverified: bool) -> str:
    return f"unverified:{business_id}" if unverified else business_id
