"""Advice for a merchant: why an allow-list rejects an origin, and how to correct the list.

Business ids are public, so anyone may ask. The advice says how an origin differs from the nearest
entry and never prints an entry: a stranger could learn as much by trying origins.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from elements_bridge.businesses.allow_list import AllowList
from elements_bridge.businesses.entries import EntryError, OriginEntry
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

_WILDCARD: Final = "*."
_WWW: Final = "www."
_PARTS: Final = re.compile(r"(https?)://(\[[^\]]*\]|[^:]*)(:[0-9]+)?")

_TRAILING_DOT: Final = (
    "The host ends with a dot, which makes it another origin than the one that is listed: link to"
    " the shop without the dot."
)
_IGNORED: Final = (
    "An entry looks like this origin but is ignored: it is not in the spelling entries are stored"
    " in, or not one that may be listed. Have it removed, and this origin added."
)
_APEX: Final = (
    "A wildcard entry stands for the hosts below this one and not for the host itself: list it too."
)
_BY_HTTP: Final = (
    "This host is listed with https, and this page came by http: serve the page over https."
)
_BY_HTTPS: Final = (
    "This host is listed with http, and this page came by https: list it with https too."
)
_PORT: Final = (
    "This host is listed with another port. The port is part of an origin: list this one too, or"
    " serve the page where the list says."
)
_SCHEME_AND_PORT: Final = "This host is listed, but with another scheme and another port."
_WITHOUT_WWW: Final = "This host is listed without `www.`: list it with `www.` too."
_WITH_WWW: Final = "This host is listed with `www.` alone: list it without `www.` too."
_BELOW: Final = (
    "A host above this one is listed, and an entry stands for that one host: list this one too, or"
    " every host below with a wildcard, as in https://*.shop.example."
)
_NOTHING_LIKE_IT: Final = (
    "No entry of the business's allow-list is like this origin: check the business id, or ask"
    " Cimplify to add the origin (`elements-bridge origins add`)."
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of an origin or entry; `port` includes its colon, and is empty for the default."""

    scheme: str
    host: str
    port: str

    @classmethod
    def of(cls, text: str) -> "_Parts":
        found = _PARTS.fullmatch(text)
        if found is None:
            raise ValueError(text)  # neither an origin nor a stored entry
        return cls(found[1], found[2], found[3] or "")

    @property
    def base(self) -> str | None:
        """The host below which a wildcard entry matches; `None` for other entries."""
        return self.host.removeprefix(_WILDCARD) if self.host.startswith(_WILDCARD) else None

    def covers(self, host: str) -> bool:
        """Tell whether this entry matches a host, ignoring scheme and port."""
        return host == self.host if self.base is None else host.endswith(f".{self.base}")


def why_not_listed(origin: Origin, allow_list: AllowList, mode: Mode) -> str:
    """Return the nearest reason why `allow_list` does not admit `origin`; one or two sentences."""
    asked = _Parts.of(origin.text)
    entries = [_Parts.of(text) for text in allow_list.listed]
    if asked.host.endswith(".") and any(e.covers(asked.host.rstrip(".")) for e in entries):
        return _TRAILING_DOT
    if any(_is_meant(text, origin, mode) for text in allow_list.ignored):
        return _IGNORED
    of_host = [entry for entry in entries if entry.covers(asked.host)]
    if of_host:
        return _what_differs(asked, of_host)
    return _neighbour(asked, entries)


def _neighbour(asked: _Parts, entries: Collection[_Parts]) -> str:
    """Return the advice about a listed neighbour: the apex, a wildcard, `www.` or a parent."""
    if any(entry.base == asked.host for entry in entries):
        return _APEX
    twin = asked.host.removeprefix(_WWW) if asked.host.startswith(_WWW) else _WWW + asked.host
    if any(entry.covers(twin) for entry in entries):
        return _WITHOUT_WWW if asked.host.startswith(_WWW) else _WITH_WWW
    if any(asked.host.endswith(f".{entry.host}") for entry in entries):
        return _BELOW
    return _NOTHING_LIKE_IT


def _what_differs(asked: _Parts, of_host: Collection[_Parts]) -> str:
    """Return the advice about entries of the same host with another scheme or port."""
    if any(entry.scheme == asked.scheme for entry in of_host):
        return _PORT
    if any(entry.port == asked.port for entry in of_host):
        return _BY_HTTP if asked.scheme == "http" else _BY_HTTPS
    return _SCHEME_AND_PORT


def _is_meant(ignored: str, origin: Origin, mode: Mode) -> bool:
    """Tell whether an ignored entry was probably meant for `origin`."""
    if ignored.strip().rstrip("/").lower() == origin.text:
        return True
    try:
        entry = OriginEntry.parse(ignored, mode=mode).text
    except EntryError:
        return False
    return AllowList([entry], mode=mode).admits(origin)
