"""Which hosts a wildcard may not stand on: suffixes under which strangers register names.

The Public Suffix List (publicsuffix.org) comes with the `publicsuffixlist` package, so nothing is
fetched while running, and every process of a release holds the same list.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import ada_url
from publicsuffixlist import ENCODING, PSLFILE, PublicSuffixList

_TEXT: Final = Path(PSLFILE).read_text(ENCODING)
_ICANN_TEXT: Final = _TEXT.partition("===BEGIN PRIVATE DOMAINS===")[0]


def _covering(text: str) -> Iterator[str]:
    """Yield every host that has a listed suffix somewhere beneath it, in ASCII."""
    for line in text.splitlines():
        rule = line.strip()
        if not rule or rule.startswith(("//", "!")):
            continue
        ascii_rule = rule if rule.isascii() else ada_url.idna_to_ascii(rule).decode("ascii")
        parent = ascii_rule.partition(".")[2]
        while parent:
            yield parent
            parent = parent.partition(".")[2]


_ICANN: Final = PublicSuffixList(_ICANN_TEXT, accept_unknown=False)
_ALL: Final = PublicSuffixList(_TEXT, accept_unknown=False)
# `amazonaws.com` is no suffix itself, but a wildcard on it would take in `s3.amazonaws.com`.
_COVERING_ICANN: Final = frozenset(_covering(_ICANN_TEXT))
_COVERING_ALL: Final = frozenset(_covering(_TEXT))


def section_reached(host: str) -> Literal["icann", "private"] | None:
    """Tell which section of the list makes `*.<host>` reach other people's names.

    Takes a canonical host: lower case, IDN as `xn--`. `icann` are registries (`com`, `co.uk`),
    `private` are hosting companies (`vercel.app`, `github.io`); `None` is a name one party holds.
    """
    if _ICANN.is_public(host) or host in _COVERING_ICANN:
        return "icann"
    if _ALL.is_public(host) or host in _COVERING_ALL:
        return "private"
    return None
