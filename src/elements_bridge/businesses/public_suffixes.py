"""The Public Suffix List: hosts below which strangers register names, so wildcards are rejected.

The list (publicsuffix.org) is part of the `publicsuffixlist` package, so nothing is fetched at run
time, and every process of a release has the same list.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, Literal

import ada_url
from publicsuffixlist import ENCODING, PSLFILE, PublicSuffixList

_TEXT: Final = Path(PSLFILE).read_text(ENCODING)


def _covering(text: str) -> Iterator[str]:
    """Yield every host that is a parent of a listed suffix, in ASCII."""
    for line in text.splitlines():
        rule = line.strip()
        if not rule or rule.startswith(("//", "!")):
            continue
        ascii_rule = rule if rule.isascii() else ada_url.idna_to_ascii(rule).decode("ascii")
        parent = ascii_rule.partition(".")[2]
        while parent:
            yield parent
            parent = parent.partition(".")[2]


_ALL: Final = PublicSuffixList(_TEXT, accept_unknown=False)
# `amazonaws.com` is not a suffix, but a wildcard below it would match `s3.amazonaws.com`.
_COVERING_ALL: Final = frozenset(_covering(_TEXT))


@cache
def _icann() -> tuple[PublicSuffixList, frozenset[str]]:
    """Return the list of registries alone, and what covers them; few processes ever ask for it."""
    text = _TEXT.partition("===BEGIN PRIVATE DOMAINS===")[0]
    return PublicSuffixList(text, accept_unknown=False), frozenset(_covering(text))


def section_reached(host: str) -> Literal["icann", "private"] | None:
    """Return the section of the list for which `*.<host>` would match other people's names.

    Takes a canonical host: lower case, IDN as `xn--`. `icann` are registries (`com`, `co.uk`),
    `private` are hosting companies (`vercel.app`, `github.io`); `None` is a name of one owner.
    """
    if not (_ALL.is_public(host) or host in _COVERING_ALL):
        return None
    registries, covering = _icann()
    return "icann" if registries.is_public(host) or host in covering else "private"
