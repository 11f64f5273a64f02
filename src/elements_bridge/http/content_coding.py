"""Choice of a content coding by `Accept-Encoding` (RFC 9110 12.5.3)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

IDENTITY: Final = "identity"
_ANY: Final = "*"
_MEMBER: Final = re.compile(
    r"[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?",
    re.ASCII | re.IGNORECASE,
)


def choose_coding(accepted: str, offered: Iterable[str]) -> str:
    """Return the coding that a client weighs highest, the first of equal ones, or `identity`.

    What is malformed in `accepted` is ignored. A client that refuses `identity` too gets it
    nevertheless, as the RFC permits: that helps more than a refusal.
    """
    weights = dict(_weights(accepted))
    of_others = weights.get(_ANY, 0.0)
    best, weight = IDENTITY, weights.get(IDENTITY, 0.0)
    for coding in reversed(list(offered)):
        if (wanted := weights.get(coding, of_others)) >= weight and wanted > 0:
            best, weight = coding, wanted
    return best


def _weights(accepted: str) -> Iterator[tuple[str, float]]:
    for member in accepted.split(","):
        if found := _MEMBER.fullmatch(member):
            yield found[1].lower(), float(found[2] or 1)
