"""A peer: a FastAPI service that rotates refresh tokens on Redis, as a tutorial would write it.

Reading and writing a session are two commands, so two refreshes at once may both succeed.

REDIS_URL=… uvicorn server:app --port PORT
"""

import hashlib
import os
import secrets
import time
from typing import Annotated

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field
from redis.asyncio import Redis

_LIFE_S = 1800
_PER_MINUTE = 1_000_000

app = FastAPI()
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
key = ec.generate_private_key(ec.SECP256R1())


class RefreshRequest(BaseModel):
    """Body of `POST /refresh`."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=512)]


class TokenGrant(BaseModel):
    """The next refresh token and a fresh access token."""

    access_token: str
    refresh_token: str
    expires_in: int = 300


class Seeds(BaseModel):
    """Refresh tokens of new sessions."""

    refresh_tokens: list[str]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _count(address: str) -> None:
    window = f"limit:{address}:{int(time.time() // 60)}"
    calls = await redis.incr(window)
    if calls == 1:
        await redis.expire(window, 60)
    if calls > _PER_MINUTE:
        raise HTTPException(429, "rate_limited")


@app.post("/refresh")
async def refresh(body: RefreshRequest, request: Request) -> TokenGrant:
    """Rotate a refresh token."""
    await _count(request.client.host if request.client else "")
    session_id = body.refresh_token.partition(".")[0]
    session = await redis.hgetall(f"session:{session_id}")
    if not session:
        raise HTTPException(401, "session_expired")
    if not secrets.compare_digest(session["token"], _hash(body.refresh_token)):
        await redis.delete(f"session:{session_id}")
        raise HTTPException(401, "refresh_token_reused")
    successor = f"{session_id}.{secrets.token_urlsafe(32)}"
    await redis.hset(f"session:{session_id}", mapping={"token": _hash(successor)})
    await redis.expire(f"session:{session_id}", _LIFE_S)
    return TokenGrant(access_token=_signed(session_id, session["subject"]), refresh_token=successor)


def _signed(session_id: str, subject: str) -> str:
    now = int(time.time())
    claims = {
        "iss": "https://api.example",
        "aud": "https://api.example/data",
        "sub": subject,
        "sid": session_id,
        "jti": secrets.token_urlsafe(16),
        "scope": "profile addresses",
        "iat": now,
        "exp": now + 300,
    }
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": "one", "typ": "at+jwt"})


@app.post("/seed")
async def seed(count: int) -> Seeds:
    """Make sessions; asked before the measurement alone."""
    tokens = []
    for _ in range(count):
        session_id = secrets.token_hex(12)
        token = f"{session_id}.{secrets.token_urlsafe(32)}"
        fields = {"token": _hash(token), "subject": f"customer-{session_id}"}
        await redis.hset(f"session:{session_id}", mapping=fields)
        await redis.expire(f"session:{session_id}", _LIFE_S)
        tokens.append(token)
    return Seeds(refresh_tokens=tokens)
