"""Requests of a frame with DPoP proofs."""

from aiohttp import ClientResponse

from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import BridgeClient, Json, new_key, refusal, url_of
from tests.support.frame_key import FrameKey


def key_of(frame: BridgeClient) -> FrameKey:
    """Return the frame's key."""
    assert frame.frame_key is not None
    return frame.frame_key


async def spend(
    frame: BridgeClient, grant: Json, *, key: str | None = None, **headers: str
) -> ClientResponse:
    """Spend a grant's refresh token; `headers` may hold a proof of the test's own making."""
    body = {"refresh_token": grant["refresh_token"]}
    return await frame.post("refresh", body, key=key or new_key(), headers=headers)


async def challenge_of(response: ClientResponse) -> tuple[int, str, str]:
    """Return status, code and the scheme in `WWW-Authenticate`."""
    status, code = await refusal(response)
    return status, code, response.headers["WWW-Authenticate"].split()[0]


def session_key(grant: Json) -> str:
    """Return the Redis key of a guest's session."""
    session_id = grant["session"]["id"]
    return redis_keys.elements_session(session_id, session_id)


def refresh_proof(frame: BridgeClient, grant: Json, **claims: object) -> str:
    """Return a proof of the frame for spending a grant's refresh token, with changed claims."""
    return key_of(frame).proof(url_of("refresh"), token=grant["refresh_token"], claims=claims)
