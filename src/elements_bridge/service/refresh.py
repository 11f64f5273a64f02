"""Refresh: the rule of design section 5, one script and one round trip."""

from dataclasses import dataclass
from typing import assert_never

from elements_bridge.service.bootstrap import Directory
from elements_bridge.service.grants import Grant, GrantWriter
from elements_bridge.service.ports import Sessions
from elements_bridge.tokens.refresh import RefreshTokens
from link_kernel.errors import (
    IdempotencyKeyReused,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionExpired,
    SessionRevoked,
)
from link_kernel.ids import sha256_hex
from link_kernel.metrics import Metrics
from link_kernel.origin import Origin
from link_kernel.security_events import SecurityEvent, SecurityLog
from link_kernel.session_verdicts import Rotation


@dataclass(frozen=True, slots=True)
class Refresh:
    """Spends refresh tokens."""

    directory: Directory
    sessions: Sessions
    tokens: RefreshTokens
    grants: GrantWriter
    metrics: Metrics
    security_log: SecurityLog

    async def spend(self, unverified_token: str, *, key: str) -> tuple[Rotation, Grant]:
        """Return what came of it and the grant; the same `key` gives the same successor.

        Raises `RefreshTokenInvalid` without asking the store, the refusals of the allow-list
        without rotating, and `SessionExpired`, `SessionRevoked`, `RefreshTokenReused`,
        `IdempotencyKeyReused` as the script decides.
        """
        claims = self.tokens.read(unverified_token)
        parent_origin = Origin.parse_presented(claims.parent_origin)
        await self.directory.admit(claims.business_id, parent_origin)
        found = await self.sessions.rotate(
            claims.address,
            generation=claims.generation,
            key_hash=sha256_hex(key),
            secret_version=claims.secret_version,
        )
        session_id = claims.address.session_id
        self.metrics.refreshes.labels(found.verdict.value).inc()
        match found.verdict:
            case Rotation.ROTATED | Rotation.REPLAYED:
                return found.verdict, self.grants.write(found)
            case Rotation.RECOVERED:
                self.security_log.report(
                    SecurityEvent.REFRESH_TOKEN_RECOVERED, session_id=session_id
                )
                return found.verdict, self.grants.write(found)
            case Rotation.KEY_REUSED:
                raise IdempotencyKeyReused(session_id)
            case Rotation.REUSED:
                raise RefreshTokenReused(session_id)
            case Rotation.FOREIGN_SECRET:
                raise RefreshTokenInvalid(session_id)
            case Rotation.MISSING | Rotation.EXPIRED:
                raise SessionExpired(session_id)
            case Rotation.REVOKED | Rotation.UPGRADED | Rotation.LINK_SESSION_ENDED:
                raise SessionRevoked(session_id)
            case _:
                assert_never(found.verdict)
