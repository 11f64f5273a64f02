"""The one list that admits origins (docs/protocol.md#origins).

The allow-list, the CSP of a frame document and the bootstrap's check all come through this module,
so they cannot disagree.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from elements_bridge.businesses.entries import EntryError, OriginEntry
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode


class AllowList:
    """The origins one business lists; asks cost the same however many entries there are.

    Takes stored entries and the business's mode. An entry that would be refused today or is not
    stored in its canonical spelling admits nothing, and stands in `ignored`, not in `listed`.
    """

    def __init__(self, entries: Iterable[str], *, mode: Mode) -> None:
        listed, ignored = set(), []
        for text in entries:
            if _is_stored_entry(text, mode):
                listed.add(text)
            else:
                ignored.append(text)
        self.listed: Final = frozenset(listed)
        self.ignored: Final = tuple(ignored)

    def admits(self, origin: Origin) -> bool:
        """Tell whether an entry names `origin`, or a wildcard entry stands over its host.

        Scheme and port must be equal; a wildcard stands for one label or more, never for the apex.
        """
        if origin.text in self.listed:
            return True
        scheme, _, rest = origin.text.partition("://")
        _, dot, rest = rest.partition(".")
        while dot:
            if f"{scheme}://*.{rest}" in self.listed:
                return True
            _, dot, rest = rest.partition(".")
        return False


@lru_cache(maxsize=10_000)  # lists are read anew every few seconds, and hardly ever change
def _is_stored_entry(text: str, mode: Mode) -> bool:
    """Tell whether `text` is an entry in the spelling it is stored in."""
    try:
        return OriginEntry.parse(text, mode=mode).text == text
    except EntryError:
        return False


def frame_ancestors(origin_if_listed: Origin | None) -> str:
    """Return the value of CSP's `frame-ancestors` (CSP 3 section 6.4.2): the origin or `'none'`."""
    return "'none'" if origin_if_listed is None else origin_if_listed.text
