"""The allow-list of a business: which origins may embed elements (docs/protocol.md#origins).

The bootstrap's check and the CSP of a frame document both use this module, so they cannot disagree.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from elements_bridge.businesses.entries import EntryError, OriginEntry
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode


class AllowList:
    """The origins that one business lists; a look-up takes the same time for any number of entries.

    Takes stored entries and the business's mode. An entry that would be rejected today or is not
    stored in its canonical spelling matches nothing, and is in `ignored`, not in `listed`.
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
        """Tell whether an entry equals `origin`, or a wildcard entry matches its host.

        Scheme and port must be equal; a wildcard matches one label or more, never the apex.
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


@lru_cache(maxsize=10_000)  # lists are read again every few seconds and hardly ever change
def _is_stored_entry(text: str, mode: Mode) -> bool:
    """Tell whether `text` is a valid entry in its canonical spelling."""
    try:
        return OriginEntry.parse(text, mode=mode).text == text
    except EntryError:
        return False


def frame_ancestors(origin_if_listed: Origin | None) -> str:
    """Return the value of CSP's `frame-ancestors` (CSP 3 section 6.4.2): the origin or `'none'`."""
    return "'none'" if origin_if_listed is None else origin_if_listed.text
