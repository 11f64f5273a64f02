"""SDK releases that a shop can pin: immutable URLs and their Subresource Integrity hashes.

A release is one module. Those kept from before it was have several, each with its own hash, since
the hash of a module does not cover its imports.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elements_bridge.http.static_files import BrowserCodeMissing, StaticFile, load_static_files

ENTRY: Final = "v1.js"
SPECIFIER: Final = "cimplify-link"
_PREFIX: Final = "/elements/sdk"
_KEPT: Final = "releases"
_CHANGED: Final = "{folder} does not hold what its name says: restore it from version control"


@dataclass(frozen=True, slots=True)
class SdkRelease:
    """The SDK's modules by name; the release name is a digest of their content."""

    name: str
    files: Mapping[str, StaticFile]

    @classmethod
    def of(cls, files: Mapping[str, StaticFile]) -> "SdkRelease":
        """Return the release of these files; equal files always give the same name."""
        listing = "".join(
            f"{name} {hashlib.sha256(file.content).hexdigest()}\n"
            for name, file in sorted(files.items())
        )
        return cls(hashlib.sha256(listing.encode()).hexdigest()[:16], files)

    @property
    def entry(self) -> str:
        """The path of the module a shop imports."""
        return f"{_PREFIX}/{self.name}/{ENTRY}"

    def integrity(self) -> dict[str, str]:
        """Return each module's path with its Subresource Integrity hash."""
        return {
            f"{_PREFIX}/{self.name}/{name}": f"sha384-{_base64(hashlib.sha384(file.content))}"
            for name, file in self.files.items()
        }

    def html(self, origin: str) -> Iterator[str]:
        """Yield the lines of HTML by which a page pins this release of `origin`.

        The import map pins the import; the preload carries the hash for browsers that do not
        support `integrity` in import maps.
        """
        hashes = {f"{origin}{path}": value for path, value in self.integrity().items()}
        import_map = json.dumps(
            {"imports": {SPECIFIER: f"{origin}{self.entry}"}, "integrity": hashes},
            separators=(",", ":"),
        )
        csp_hash = _base64(hashlib.sha256(import_map.encode()))
        yield f"<!-- Cimplify Link {self.name}; script-src {origin} 'sha256-{csp_hash}' -->"
        yield f'<script type="importmap">{import_map}</script>'
        for url, value in hashes.items():
            yield f'<link rel="modulepreload" href="{url}" integrity="{value}" crossorigin>'

    def keep(self, folder: Path) -> Path:
        """Write the release below `folder` unless it is there; return its folder."""
        kept = folder / self.name
        kept.mkdir(parents=True, exist_ok=True)
        for name, file in self.files.items():
            (kept / name).write_bytes(file.content)
        return kept


def load_sdk_releases(root: Path) -> tuple[SdkRelease, ...]:
    """Return the current SDK of `root` first, then every kept release.

    Raises `BrowserCodeMissing` for a kept release whose files were changed.
    """
    kept = root / _KEPT
    folders = sorted(path for path in kept.iterdir() if path.is_dir()) if kept.is_dir() else []
    return (SdkRelease.of(load_static_files(root / "sdk")), *map(_unchanged, folders))


def _unchanged(folder: Path) -> SdkRelease:
    release = SdkRelease.of(load_static_files(folder))
    if release.name != folder.name:
        raise BrowserCodeMissing(_CHANGED.format(folder=folder))
    return release


def _base64(digest: "hashlib._Hash") -> str:
    return base64.b64encode(digest.digest()).decode()
