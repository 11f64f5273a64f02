"""The frame's document, which says how the shop wants it (docs/protocol.md#frame-documents).

The build compresses the document once, at the highest level. What a shop adds comes last, so that
it is appended to the compressed form as it is; `static/bundle.js` leaves that form open.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from elements_bridge.businesses.numbering import NUMBERING
from elements_bridge.http.static_files import StaticFile

_COUNTRY: Final = '<meta name="country" content="{}">\n'
_KEEPS_RELOAD: Final = '<meta name="reload" content="keep">\n'
_BROTLI, _GZIP = "br", "gzip"
_LAST_BLOCK: Final = b"\x03"  # ISLAST, ISLASTEMPTY (RFC 7932 section 9.2)


@dataclass(frozen=True, slots=True)
class FrameDocument:
    """The document of each kind of shop, made at its first use; `built` is the build's."""

    built: StaticFile
    _made: dict[tuple[str, bool], StaticFile] = field(default_factory=dict)

    def of(self, country: str, *, keeps_reload: bool) -> StaticFile:
        """Return the document for a country of `NUMBERING`, or for none, `""`."""
        made = self._made.get((country, keeps_reload))
        if made is None:
            made = self._make(country, keeps_reload=keeps_reload)
            self._made[country, keeps_reload] = made
        return made

    def _make(self, country: str, *, keeps_reload: bool) -> StaticFile:
        said = _COUNTRY.format(NUMBERING[country]) if country else ""
        added = (said + _KEEPS_RELOAD * keeps_reload).encode()
        content = self.built.content + added
        return replace(self.built, content=content, compressed=self._compressed(content, added))

    def _compressed(self, content: bytes, added: bytes) -> Mapping[str, bytes]:
        made = dict(self.built.compressed)
        if _BROTLI in made:
            made[_BROTLI] += _stored_block(added) + _LAST_BLOCK
        if added and _GZIP in made:
            made[_GZIP] = gzip.compress(content, mtime=0)
        return made


def _stored_block(content: bytes) -> bytes:
    """Return a brotli block that holds up to 64 KiB as they are, after a whole byte.

    Its header (RFC 7932 section 9.2), lowest bit first: ISLAST 0, MNIBBLES 0 (four), MLEN - 1 in 16
    bits, ISUNCOMPRESSED 1; then padding to the byte.
    """
    if not content:
        return b""
    return ((len(content) - 1) << 3 | 1 << 19).to_bytes(3, "little") + content
