"""Static files: the browser code, read once and served from memory with `ETag`s."""

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
# Revalidated at each load, so that a page never mixes modules of two releases; 304 if unchanged.
_REVALIDATED: Final = "no-cache"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_DOCUMENT: Final = "frame.html"
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
    """A file's content, content type and `ETag`."""

    content: bytes
    content_type: str
    etag: str

    def respond(self, request: web.Request, *, immutable: bool = False) -> web.Response:
        """Return the file, or 304 for a matching `ETag`; `immutable` if its URL never changes."""
        known = request.if_none_match or ()
        if any(tag.value in {self.etag, "*"} for tag in known):
            response = web.Response(status=304)
        else:
            response = web.Response(
                body=self.content, content_type=self.content_type, charset="utf-8"
            )
        response.etag = ETag(self.etag)
        response.headers[hdrs.CACHE_CONTROL] = _IMMUTABLE if immutable else _REVALIDATED
        return response


def load_static_files(folder: Path) -> Mapping[str, StaticFile]:
    """Return every file to serve below a folder by its relative path, such as `ui/view.js`."""
    return {
        path.relative_to(folder).as_posix(): StaticFile(
            content := path.read_bytes(),
            _CONTENT_TYPES[path.suffix],
            hashlib.sha256(content).hexdigest()[:32],
        )
        for path in sorted(folder.rglob("*"))
        if path.suffix in _CONTENT_TYPES
    }


@dataclass(frozen=True, slots=True)
class BrowserCode:
    """The SDK's and the frame's files by path, and the name of their release."""

    sdk: Mapping[str, StaticFile]
    frame: Mapping[str, StaticFile]
    release: str

    @classmethod
    def load(cls, root: Path) -> "BrowserCode":
        """Read both folders; the release name is a digest of their content."""
        sdk, frame = load_static_files(root / "sdk"), load_static_files(root / "frame")
        etags = "".join(file.etag for files in (sdk, frame) for file in files.values())
        return cls(sdk, frame, hashlib.sha256(etags.encode()).hexdigest()[:16])

    def document(self) -> str:
        """Return the frame's HTML with the module URLs of this release."""
        text = self.frame[_DOCUMENT].content.decode()
        for folder in ("frame", "sdk"):
            text = text.replace(f'"/elements/{folder}/', f'"/elements/r/{self.release}/{folder}/')
        return text

    def file(self, folder: str, name: str) -> StaticFile | None:
        """Return a module or style sheet, `None` for anything else, the HTML document included."""
        files = self.sdk if folder == "sdk" else self.frame
        return None if name == _DOCUMENT else files.get(name)
