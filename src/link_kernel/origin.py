"""Origins in exactly the spelling browsers serialise (RFC 6454, docs/protocol.md#origins)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import ada_url

from link_kernel.errors import OriginMalformed, OriginNotAllowed

_NULL: Final = "null"
_REMEMBERED: Final = 4096
_MAX_LENGTH: Final = 300  # a DNS name of 254 characters, a scheme and a port
_LABEL: Final = r"[a-z0-9_-]{1,63}"
# Narrower than the URL standard, which lets `;`, `,` and quotes stand in a host: no name in DNS has
# them, no entry may, and an origin is written into a CSP and into headers.
_PRESENTED: Final = re.compile(
    rf"https?://(?:(?P<name>{_LABEL}(?:\.{_LABEL})*\.?)|\[[0-9a-f:]{{2,39}}\])(?::[0-9]{{1,5}})?"
)
_MAX_NAME_LENGTH: Final = 254  # 253 and the trailing dot
_FOREIGN: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*://[a-z0-9._-]*(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin in exactly the spelling browsers serialise (RFC 6454 section 6.1); http or https.

    `text` holds no whitespace, quote, comma or semicolon: it is safe in a header and in a CSP.
    Making one checks it, so there is no other kind.
    """

    text: str

    def __post_init__(self) -> None:
        """Raise `OriginMalformed` or `OriginNotAllowed`, as `parse_header` says."""
        if self.text == _NULL:
            raise OriginNotAllowed("null origin")
        if len(self.text) > _MAX_LENGTH:
            raise OriginMalformed("too long")
        found = _PRESENTED.fullmatch(self.text)
        if found is None:
            if _FOREIGN.fullmatch(self.text):
                raise OriginNotAllowed("scheme is not http or https")
            raise OriginMalformed("not scheme, host and port alone")
        if len(found["name"] or "") > _MAX_NAME_LENGTH or not _is_canonical(self.text):
            raise OriginMalformed("not as browsers serialise it")

    @classmethod
    def parse_header(cls, text: str) -> "Origin":
        """Return the origin that a browser sent as `text`.

        Raise `OriginMalformed` for any spelling that browsers do not send (capitals, a path, a
        default port, a mended host), and `OriginNotAllowed` for what no list can ever hold: `null`,
        which every sandboxed page shares, and schemes such as `capacitor://`, whose hosts any app
        may claim. A trailing dot is canonical and simply not listed.
        """
        return _parsed(text)


@lru_cache(_REMEMBERED)
def _parsed(text: str) -> Origin:
    """Parse once: one call of a page asks for the same origin three times."""
    return Origin(text)


def _is_canonical(text: str) -> bool:
    """Tell whether the URL standard's parser gives back the very same origin."""
    try:
        return bool(ada_url.URL(text).origin == text)
    except ValueError:
        return False
