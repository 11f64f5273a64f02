"""The closed sets of what the scripts decide; each value is the word the script replies."""

from enum import StrEnum


class Admission(StrEnum):
    """Whether a code may be sent."""

    ADMITTED = "admitted"
    OPENED = "opened"
    LIMITED = "limited"


class Spending(StrEnum):
    """What came of presenting a code."""

    ACCEPTED = "accepted"
    INVALID = "invalid"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    KEY_REUSED = "key_reused"


class Opening(StrEnum):
    """What came of creating a link session."""

    CREATED = "created"
    REPEATED = "repeated"
    MOVED_ON = "moved_on"
    ENDED = "ended"


class LinkRotation(StrEnum):
    """What came of a refresh (design section 5)."""

    ROTATED = "rotated"
    REPLAYED = "replayed"
    RECOVERED = "recovered"
    KEY_REUSED = "key_reused"
    REUSED = "reused"
    FOREIGN_SECRET = "foreign_secret"  # noqa: S105  # a verdict's name, no secret
    FOREIGN_ORIGIN = "foreign_origin"
    ENDED = "ended"
    EXPIRED = "expired"
