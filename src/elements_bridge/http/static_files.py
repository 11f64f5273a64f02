"""The browser code the bridge serves: read once, answered from memory."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import ETag, hdrs, web

_CONTENT_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
_CACHING: Final = "public, max-age=300"
_PACKAGE: Final = Path(__file__).parents[1]
_NO_FILES = "the browser code is missing: neither {packaged} nor {checkout} is there"


class BrowserCodeMissing(Exception):
    """The installation is incomplete."""


def static_root() -> Path:
    """Return the folder with `sdk` and `frame`: the wheel's own, or the checkout's `static`.

    Raises `BrowserCodeMissing`.
    """
    packaged, checkout = _PACKAGE / "static", _PACKAGE.parents[1] / "static"
    for root in (packaged, checkout):
        if (root / "frame").is_dir():
            return root
    raise BrowserCodeMissing(_NO_FILES.format(packaged=packaged, checkout=checkout))


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file's content with what its headers say of it."""

    content: bytes
    content_type: str
    etag: str

    def respond(self, request: web.Request) -> web.Response:
        """Answer with the file, or 304 where the caller has it."""
        known = request.if_none_match or ()
        if any(tag.value in {self.etag, "*"} for tag in known):
            response = web.Response(status=304)
        else:
            response = web.Response(
                body=self.content, content_type=self.content_type, charset="utf-8"
            )
        response.etag = ETag(self.etag)
        response.headers[hdrs.CACHE_CONTROL] = _CACHING
        return response


def load_static_files(folder: Path) -> Mapping[str, StaticFile]:
    """Return every servable file of one folder by its name."""
    return {
        path.name: StaticFile(
            content := path.read_bytes(),
            _CONTENT_TYPES[path.suffix],
            hashlib.sha256(content).hexdigest()[:32],
        )
        for path in sorted(folder.iterdir())
        if path.suffix in _CONTENT_TYPES
    }
