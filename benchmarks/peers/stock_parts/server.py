"""A peer: the refresh of stock parts, as a good service writes it with libraries alone.

aiohttp, redis-py, pydantic and PyJWT, with two middlewares; rotation is one script.

    python server.py PORT REDIS_URL
"""

import hashlib
import hmac
import json
import logging
import secrets
import sys
import time
from pathlib import Path

import jwt
import uvloop
from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from redis.asyncio import Redis

_LIFE_S = 1800
_PER_MINUTE = 1_000_000
_log = logging.getLogger("service")


class RefreshRequest(BaseModel):
    """Body of `POST /refresh`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    refresh_token: str = Field(min_length=1, max_length=512)


class TokenGrant(BaseModel):
    """The next refresh token and a fresh access token."""

    access_token: str
    refresh_token: str
    expires_in: int = 300


class Refused(Exception):
    """A refusal with its status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@web.middleware
async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Write one line of JSON a request."""
    began = time.perf_counter()
    response = await handler(request)
    line = {
        "request_id": secrets.token_hex(8),
        "method": request.method,
        "route": request.path,
        "status": response.status,
        "duration_ms": round((time.perf_counter() - began) * 1000, 2),
    }
    _log.info(json.dumps(line))
    return response


@web.middleware
async def render_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every refusal into an error body."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": refused.code}, status=refused.status)
    except ValidationError:
        return web.json_response({"error": "validation_failed"}, status=400)


class Service:
    """Rotates refresh tokens: `session.generation.mac`."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.rotate = redis.register_script(
            (Path(__file__).parent / "rotate.lua").read_text("utf-8")
        )
        self.secret = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())

    async def refresh(self, request: web.Request) -> web.Response:
        """`POST /refresh`."""
        body = RefreshRequest.model_validate_json(await request.read())
        session_id, generation = self._read(body.refresh_token)
        await self._count(request.remote or "")
        verdict, subject = await self.rotate(
            keys=[f"session:{session_id}"], args=[generation, _LIFE_S]
        )
        if verdict != "rotated":
            raise Refused(401, f"session_{verdict}")
        grant = TokenGrant(
            access_token=self._signed(session_id, subject),
            refresh_token=self._token(session_id, generation + 1),
        )
        return web.Response(
            text=grant.model_dump_json(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def seed(self, request: web.Request) -> web.Response:
        """`POST /seed`: make sessions; asked before the measurement alone."""
        tokens = []
        for _ in range(int(request.query["count"])):
            session_id = secrets.token_hex(12)
            key = f"session:{session_id}"
            await self.redis.hset(key, mapping={"generation": 0, "subject": f"c-{session_id}"})
            await self.redis.expire(key, _LIFE_S)
            tokens.append(self._token(session_id, 0))
        return web.json_response({"refresh_tokens": tokens})

    async def _count(self, address: str) -> None:
        window = f"limit:{address}:{int(time.time() // 60)}"
        async with self.redis.pipeline(transaction=False) as batch:
            calls, _ = await batch.incr(window).expire(window, 60).execute()
        if calls > _PER_MINUTE:
            raise Refused(429, "rate_limited")

    def _mac(self, session_id: str, generation: int) -> str:
        text = f"{session_id}.{generation}".encode()
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()

    def _token(self, session_id: str, generation: int) -> str:
        return f"{session_id}.{generation}.{self._mac(session_id, generation)}"

    def _read(self, token: str) -> tuple[str, int]:
        session_id, _, rest = token.partition(".")
        generation, _, mac = rest.partition(".")
        if not generation.isdigit() or not hmac.compare_digest(
            mac, self._mac(session_id, int(generation))
        ):
            raise Refused(401, "refresh_token_invalid")
        return session_id, int(generation)

    def _signed(self, session_id: str, subject: str) -> str:
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
        headers = {"kid": "one", "typ": "at+jwt"}
        return jwt.encode(claims, self.key, algorithm="ES256", headers=headers)


def main() -> None:
    """Serve until the process is ended."""
    port, redis_url = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    app = web.Application(middlewares=[log_request, render_refusals])
    service = Service(Redis.from_url(redis_url, decode_responses=True))
    app.router.add_post("/refresh", service.refresh)
    app.router.add_post("/seed", service.seed)
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=int(port), access_log=None, print=None, loop=loop)


if __name__ == "__main__":
    main()
