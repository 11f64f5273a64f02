"""Web origins, accepted only as browsers serialise them (RFC 6454, docs/protocol.md#origins).

Here are the URLs of services, too, which settings name.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import ada_url

from link_kernel.errors import InvalidSetting, OriginMalformed, OriginNotAllowed
from link_kernel.observability.metrics import OriginReason

_NULL: Final = "null"
_MAX_CACHED: Final = 4096
_MAX_LENGTH: Final = 300  # a DNS name of 254 characters, a scheme and a port
_LABEL: Final = r"[a-z0-9_-]{1,63}"
# Stricter than the URL standard, which allows `;`, `,` and quotes in a host: no DNS name has them,
# no allow-list entry may have them, and an origin is written into a CSP and into headers.
_HTTP_ORIGIN: Final = re.compile(
    rf"https?://(?:(?P<name>{_LABEL}(?:\.{_LABEL})*\.?)|\[[0-9a-f:]{{2,39}}\])(?::[0-9]{{1,5}})?"
)
_MAX_NAME_LENGTH: Final = 254  # 253 and the trailing dot
_OTHER_SCHEME: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*://[a-z0-9._-]*(?::[0-9]{1,5})?")
_HTTP_URL: Final = re.compile(
    r"(https?)://(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?(?:[/?#][\x21-\x7e]*)?",
    re.ASCII | re.IGNORECASE,
)
_OTHERS_PORT: Final = {("http", 443): "https", ("https", 80): "http"}
_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Origin:
    """An http or https origin, spelt exactly as browsers serialise it (RFC 6454 section 6.1).

    `text` holds no whitespace, quote, comma or semicolon, so it is safe in a header and in a CSP.
    The constructor checks the text, so every `Origin` is valid.
    """

    text: str

    def __post_init__(self) -> None:
        """Raise `OriginMalformed` or `OriginNotAllowed`, as `parse_header` says."""
        if self.text == _NULL:
            raise OriginNotAllowed(OriginReason.NULL)
        if len(self.text) > _MAX_LENGTH:
            raise OriginMalformed("too long")
        found = _HTTP_ORIGIN.fullmatch(self.text)
        if found is None:
            if _OTHER_SCHEME.fullmatch(self.text):
                raise OriginNotAllowed(OriginReason.SCHEME)
            raise OriginMalformed("not scheme, host and port alone")
        if len(found["name"] or "") > _MAX_NAME_LENGTH or not _is_canonical(self.text):
            raise OriginMalformed("not as browsers serialise it")

    @classmethod
    def parse_header(cls, text: str) -> "Origin":
        """Return the origin that a browser sent as the header value `text`.

        Raise `OriginMalformed` for a spelling that browsers do not send (capitals, a path, a
        default port, a host that a URL parser would correct), and `OriginNotAllowed` for an origin
        that no allow-list can contain: `null`, which every sandboxed page shares, and schemes such
        as `capacitor://`, whose hosts any app may claim. A host with a trailing dot is canonical;
        no allow-list contains it.
        """
        return _parsed(text)


@lru_cache(_MAX_CACHED)
def _parsed(text: str) -> Origin:
    """LRU cache of parsed origins, since one request of a page parses the same origin thrice."""
    return Origin(text)


def _is_canonical(text: str) -> bool:
    """Tell whether a parser of the URL standard returns the origin unchanged."""
    try:
        return bool(ada_url.URL(text).origin == text)
    except ValueError:
        return False


def parse_http_url(text: str) -> SplitResult:
    """Return the parts of an http or https URL without a login; raises `InvalidSetting`."""
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise InvalidSetting("must have no user and password before the host")
    found = _HTTP_URL.fullmatch(text)
    if found is None:
        raise InvalidSetting("must be an http or https URL, such as https://host:8443/path")
    scheme, port = found[1].lower(), int(found[2] or 0)
    if port > _LAST_PORT or found[2] == "0":
        raise InvalidSetting("must have a port from 1 to 65535, or none")
    if (scheme, port) in _OTHERS_PORT:
        right = _OTHERS_PORT[scheme, port]
        raise InvalidSetting(f"has the port of {right}: begin it with {right}://, or change that")
    return urlsplit(text)


def is_loopback(url: str) -> bool:
    """Tell whether the host of a URL or a canonical origin is this machine's loopback."""
    host = urlsplit(url).hostname or ""
    return host.endswith(".localhost") or is_loopback_host(host)


def is_loopback_host(host: str) -> bool:
    """Tell whether a server that listens on this name or address is reachable on loopback only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
