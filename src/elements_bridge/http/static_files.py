"""Static files: the built browser code, read once and served from memory with `ETag`s.

`static/build.js` makes the files, and what brotli and gzip make of each.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import ETag, hdrs, web

from elements_bridge.http.content_coding import IDENTITY, choose_coding

IMMUTABLE: Final = "max-age=31536000, immutable"
_CONTENT_TYPES: Final = {".js": "text/javascript", ".html": "text/html"}
# The smaller first: of codings that a browser weighs alike, it gets the first.
_SUFFIXES: Final = {"br": ".br", "gzip": ".gz"}
_NAME_DIGITS: Final = 16  # as `addressOf` in static/bundle.js
_DOCUMENT: Final = "frame.html"
_INLINE: Final = re.compile(r"<(style|script)(?![^>]*\ssrc=)[^>]*>(.*?)</\1>", re.DOTALL)
_PACKAGE: Final = Path(__file__).parents[1]
_NO_FILES: Final = (
    "the browser code is missing: neither {packaged} nor {built} is there; "
    "in a checkout, `make browser-code` builds it"
)


class BrowserCodeMissing(Exception):
    """The installation is incomplete."""


def static_root() -> Path:
    """Return the folder with `sdk` and `frame`: the wheel's own, or what the checkout has built.

    Raises `BrowserCodeMissing`.
    """
    packaged, built = _PACKAGE / "static", _PACKAGE.parents[1] / "build" / "browser"
    for root in (packaged, built):
        if (root / "frame" / _DOCUMENT).is_file():
            return root
    raise BrowserCodeMissing(_NO_FILES.format(packaged=packaged, built=built))


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file's content, plain and compressed, its content type and `ETag`."""

    content: bytes
    compressed: Mapping[str, bytes]
    content_type: str
    etag: str

    def is_named(self, digest: str) -> bool:
        """Tell whether this is the hash in the file's own URL."""
        return digest == self.etag[:_NAME_DIGITS]

    def respond(self, request: web.Request, *, caching: str) -> web.Response:
        """Return the file in the coding that the client prefers, or 304 for a known `ETag`."""
        coding = self._coding(request)
        etag = self.etag if coding == IDENTITY else f"{self.etag}-{coding}"
        if any(tag.value in {etag, "*"} for tag in request.if_none_match or ()):
            response = web.Response(status=304, headers={hdrs.VARY: hdrs.ACCEPT_ENCODING})
        else:
            response = self._encoded(coding)
        response.etag = ETag(etag)
        response.headers[hdrs.CACHE_CONTROL] = caching
        return response

    def respond_for_good(self, request: web.Request) -> web.Response:
        """Return the file under the hash of its content; nobody asks again, so it has no `ETag`."""
        response = self._encoded(self._coding(request))
        response.headers[hdrs.CACHE_CONTROL] = IMMUTABLE
        return response

    def respond_unstored(self, request: web.Request) -> web.Response:
        """Return the file for this one request; nothing stores it, so it has no `ETag`."""
        response = self._encoded(self._coding(request))
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        del response.headers[hdrs.VARY]  # it is for caches, and none stores this
        return response

    def _coding(self, request: web.Request) -> str:
        accepted = ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))
        return choose_coding(accepted, self.compressed)

    def _encoded(self, coding: str) -> web.Response:
        response = web.Response(
            body=self.compressed.get(coding, self.content),
            # Without a charset: browsers read a module as UTF-8, and the document says so itself.
            content_type=self.content_type,
        )
        response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
        if coding != IDENTITY:
            response.headers[hdrs.CONTENT_ENCODING] = coding
        return response


def load_static_files(folder: Path) -> Mapping[str, StaticFile]:
    """Return the files to serve in a folder by their names, with their compressed forms."""
    served = (path for path in sorted(folder.iterdir()) if path.suffix in _CONTENT_TYPES)
    return {path.name: _load(path) for path in served}


def _load(path: Path) -> StaticFile:
    content = path.read_bytes()
    beside = {name: path.with_name(path.name + suffix) for name, suffix in _SUFFIXES.items()}
    return StaticFile(
        content=content,
        compressed={name: file.read_bytes() for name, file in beside.items() if file.is_file()},
        content_type=_CONTENT_TYPES[path.suffix],
        etag=hashlib.sha256(content).hexdigest()[:_NAME_DIGITS],
    )


def _source(text: str) -> str:
    """Return the CSP source of an inline element that holds this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@dataclass(frozen=True, slots=True)
class BrowserCode:
    """The SDK's file, the frame's files by name, and the frame's document as it was built."""

    sdk: Mapping[str, StaticFile]
    frame: Mapping[str, StaticFile]
    document: StaticFile
    style_source: str
    """The document's style element as a source of `style-src`."""
    script_source: str
    """The document's first script as a source of `script-src`."""

    @classmethod
    def load(cls, root: Path) -> "BrowserCode":
        """Read both folders."""
        frame = dict(load_static_files(root / "frame"))
        document = frame.pop(_DOCUMENT)
        inline = sorted(_INLINE.findall(document.content.decode()))
        if [tag for tag, _ in inline] != ["script", "style"]:
            raise ValueError("the policy of the frame's document names one script and one style")
        (_, script), (_, style) = inline
        sdk = load_static_files(root / "sdk")
        return cls(sdk, frame, document, _source(style), _source(script))
