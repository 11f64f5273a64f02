"""A shop with a strict CSP, Trusted Types and cross-origin isolation, as the guide documents it."""

from typing import Final

from tests.support.browser.npm_shop import documented

NONCE: Final = "c2hvcA"
COEP: Final = "Cross-Origin-Embedder-Policy"
_OURS: Final = "https://link.cimplify.io"


def documented_headers(link: str) -> dict[str, str]:
    """Return the headers of the guide, for an elements origin, with a nonce in the page."""
    block = documented("A strict policy, and isolation", "http")
    whole = block.replace("\n  ", " ").replace(_OURS, link).replace("nonce-…", f"nonce-{NONCE}")
    return dict(line.split(": ", 1) for line in whole.splitlines())
