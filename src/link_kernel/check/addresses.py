"""The names by which services know each other's tokens and proofs, for an operator to compare."""

from typing import Final

from link_kernel.check.findings import Finding

NAME: Final = "addresses"


def told_addresses(*, origin: str, public_url: str, issuer: str, audience: str) -> Finding:
    """Return a line that is the same for the bridge and the Link API of one deployment.

    Where they differ, every call with a token of the bridge is refused, and neither service can
    know which of them is wrong.
    """
    told = f"elements {origin}, API {public_url}, issuer {issuer}, audience {audience}"
    return Finding(NAME, "ok", told)
