"""Guests' frames: each has a session, tokens and perhaps a key of its own, as a browser has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    LINK,
    SHOP,
    Verifier,
    new_key,
    spent_by,
    url_of,
)
from tests.support.frame_key import FrameKey

from benchmarks.measuring.generator import exchange
from benchmarks.measuring.messages import Answer, request

Json = dict[str, Any]

_ELEMENT = "payment"


@dataclass
class Frame:
    """A frame's session: the grant it was last given."""

    grant: Json
    key: FrameKey | None = None

    @property
    def authorization(self) -> str:
        """The `Authorization` header of its calls."""
        return f"{'Bearer' if self.key is None else 'DPoP'} {self.grant['access_token']}"


def bootstrap_request(verifier: Verifier, *, origin: str = SHOP) -> bytes:
    """Return a shop page's request for a bootstrap token."""
    body = {"element": _ELEMENT, "code_challenge": verifier.challenge}
    return request("POST", f"{API}/bootstrap?business_id={BUSINESS}", {"Origin": origin}, body)


def init_request(bootstrap_token: str, verifier: Verifier, key: FrameKey | None = None) -> bytes:
    """Return a frame's request for its session."""
    body = {
        "bootstrap_token": bootstrap_token,
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": _ELEMENT,
        "parent_origin": SHOP,
    }
    return _spending("init", body, key)


def refresh_request(frame: Frame) -> bytes:
    """Return a frame's request for its next tokens."""
    return _spending("refresh", {"refresh_token": frame.grant["refresh_token"]}, frame.key)


async def bootstrapped(port: int, count: int) -> list[tuple[str, Verifier]]:
    """Return so many bootstrap tokens with their verifiers."""
    verifiers = [Verifier.new() for _ in range(count)]
    answers = await exchange(port, [bootstrap_request(verifier) for verifier in verifiers])
    tokens = [answer.json()["data"]["bootstrap_token"] for answer in answers]
    return list(zip(tokens, verifiers, strict=True))


async def new_frames(port: int, count: int, *, with_keys: bool = False) -> list[Frame]:
    """Return so many guests' frames; with keys, each session is bound to its own."""
    keys = [FrameKey() if with_keys else None for _ in range(count)]
    tokens = await bootstrapped(port, count)
    answers = await exchange(
        port, [init_request(*token, key) for token, key in zip(tokens, keys, strict=True)]
    )
    return [Frame(answer.json()["data"], key) for answer, key in zip(answers, keys, strict=True)]


def _spending(route: str, body: Json, key: FrameKey | None) -> bytes:
    """Return a request that spends the token in its body, with a proof made now."""
    headers = {"Origin": LINK, "Idempotency-Key": new_key()}
    if key is not None:
        headers["DPoP"] = key.proof(url_of(route), token=spent_by(body))
    return request("POST", f"{API}/{route}", headers, body)


@dataclass(frozen=True)
class Bootstraps:
    """Shop pages that ask for a bootstrap token."""

    async def prepare(self, count: int) -> list[bytes]:
        """Return requests with a new challenge each."""
        return [bootstrap_request(Verifier.new()) for _ in range(count)]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each has a token of its own."""
        tokens = {answer.json()["data"]["bootstrap_token"] for answer in answers}
        assert len(tokens) == len(answers)


@dataclass(frozen=True)
class Inits:
    """Frames that redeem their bootstrap tokens, which are asked for ahead of the slice."""

    port: int

    async def prepare(self, count: int) -> list[bytes]:
        """Return requests with a new bootstrap token each."""
        return [init_request(*token) for token in await bootstrapped(self.port, count)]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each has a session of its own."""
        sessions = {answer.json()["data"]["session"]["id"] for answer in answers}
        assert len(sessions) == len(answers)


@dataclass(frozen=True)
class Refreshes:
    """Frames that each rotate their own tokens, once in a slice."""

    frames: Sequence[Frame]

    async def prepare(self, count: int) -> list[bytes]:
        """Return one request of each frame; proofs are made here, ahead of the slice."""
        assert count == len(self.frames)
        return [refresh_request(frame) for frame in self.frames]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each token was rotated, and keep its successor."""
        for frame, answer in zip(self.frames, answers, strict=True):
            spent, grant = frame.grant, answer.json()["data"]
            assert grant["refresh_token"] != spent["refresh_token"]
            assert grant["access_token"] != spent["access_token"]
            frame.grant = grant


@dataclass(frozen=True)
class Authorizations:
    """A gateway that asks about frames' calls, each with the frame's newest access token.

    A frame's token is new to the server after each refresh, and seen before at the next call.
    """

    frames: Sequence[Frame]

    async def prepare(self, count: int) -> list[bytes]:
        """Return requests for the frames in turn."""
        return [self._request(self.frames[at % len(self.frames)]) for at in range(count)]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each was admitted."""
        for answer in answers:
            answer.expect(200)

    def _request(self, frame: Frame) -> bytes:
        headers = {
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Uri": "/v1/link/addresses",
            "Authorization": frame.authorization,
        }
        if frame.key is not None:
            url, token = f"{LINK}/v1/link/addresses", frame.grant["access_token"]
            headers["DPoP"] = frame.key.proof(url, method="GET", token=token)
        return request("GET", "/authorize?guest=1", headers)


@dataclass(frozen=True)
class Introspections:
    """A service that asks about frames' tokens; each answer is read from Redis."""

    frames: Sequence[Frame]
    internal_token: str

    async def prepare(self, count: int) -> list[bytes]:
        """Return requests for the frames in turn."""
        headers = {
            "Authorization": f"Bearer {self.internal_token}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        tokens = (self.frames[at % len(self.frames)].grant["access_token"] for at in range(count))
        return [
            request("POST", "/introspect", headers, urlencode({"token": token}).encode())
            for token in tokens
        ]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each is active."""
        assert all(answer.json()["active"] for answer in answers)
