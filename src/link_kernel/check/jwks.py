"""The bridge's JWK set in `check`, as verifiers of its tokens fetch it."""

from typing import Final

from link_kernel.check.findings import Finding
from link_kernel.errors import UpstreamUnavailable
from link_kernel.keys.jwks import JwksError, PublicKeys, read_key_set
from link_kernel.web.jwks_client import HttpJwksSource, open_jwks_client

NAME: Final = "jwks"


async def check_jwks(url: str, setting: str) -> list[Finding]:
    """Return whether the setting is the address of a bridge's keys."""
    cure = f"{setting} must be the address of a bridge's jwks.json, and the bridge must run"
    try:
        found = await fetch_keys(url)
    except UpstreamUnavailable as error:
        return [Finding(NAME, "FAULT", f"no_answer ({error.detail}): {cure}")]
    except JwksError as error:
        return [Finding(NAME, "FAULT", f"{error}: {cure}")]
    return [Finding(NAME, "ok", ", ".join(sorted(found)))]


async def fetch_keys(url: str) -> PublicKeys:
    """Return the published keys by `kid`; raises `UpstreamUnavailable` and `JwksError`."""
    async with open_jwks_client() as client:
        fetched = await HttpJwksSource(client, url).fetch()
    return read_key_set(fetched.unverified_body)
