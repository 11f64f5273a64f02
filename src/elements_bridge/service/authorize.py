"""Forward-auth: may this call go through to the service behind the gateway (design section 3)."""

from dataclasses import dataclass
from typing import Final

from elements_bridge.service.liveness import Liveness
from link_kernel.access_token import VerifiedAccessToken
from link_kernel.clock import Clock
from link_kernel.errors import InsufficientScope
from link_kernel.protected_call import ProtectedCall
from link_kernel.resource_guard import ResourceGuard
from link_kernel.session_verdicts import NO_PROOF

# RFC 9110 section 9.2.1: what changes nothing may be sent again, so its proof is not used up.
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Demand:
    """What a route behind the gateway asks of its callers; `max_age_s` counts from `auth_time`."""

    scopes: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()
    max_age_s: int | None = None
    admits_guests: bool = False


@dataclass(frozen=True, slots=True)
class Authorize:
    """Decides for a gateway; nothing it says is older than the revocation feed or Redis."""

    guard: ResourceGuard
    liveness: Liveness
    clock: Clock

    async def decide(
        self, call: ProtectedCall, demand: Demand, *, request_hash: str
    ) -> VerifiedAccessToken:
        """Return who calls, if the call may go through.

        `request_hash` names the request that a proof serves. Raises the refusals of the guard
        (401), of the session (401), `InsufficientScope` (403) and `StoreUnavailable` (503).
        """
        admitted = self.guard.admit(call)
        self._require_enough(admitted.access, demand)
        is_safe = call.method in _SAFE_METHODS
        claim = NO_PROOF if is_safe else admitted.serving(request_hash).claim
        await self.liveness.require(admitted.access, claim)
        return admitted.access

    def _require_enough(self, access: VerifiedAccessToken, demand: Demand) -> None:
        is_guest = access.address.customer_id is None
        max_age_s = demand.max_age_s
        lacks = {
            "sign_in": is_guest and not demand.admits_guests,
            "scope": not all(_covers(access.scopes, scope) for scope in demand.scopes),
            "amr": not demand.amr <= frozenset(access.amr),
            "max_age": max_age_s is not None and self._is_too_old(access, max_age_s),
        }
        for missing, is_missing in lacks.items():
            if is_missing:
                raise InsufficientScope(missing, details={"missing": missing})

    def _is_too_old(self, access: VerifiedAccessToken, max_age_s: int) -> bool:
        """Tell whether the sign-in was too long ago; a guest, without `amr`, never signed in."""
        return not access.amr or self.clock.now_ms() // 1000 - access.auth_time_s > max_age_s


def _covers(held: frozenset[str], scope: str) -> bool:
    """Tell whether a scope is held, itself or in a wider one: `wallets` holds `wallets:read`."""
    return scope in held or scope.partition(":")[0] in held
