"""Forward-auth: may this call go through to the service behind the gateway (design section 3)."""

from dataclasses import dataclass

from link_kernel.access_token import VerifiedAccessToken
from link_kernel.clock import Clock
from link_kernel.demand import Demand
from link_kernel.liveness import Liveness
from link_kernel.protected_call import SAFE_METHODS, ProtectedCall
from link_kernel.resource_guard import ResourceGuard
from link_kernel.session_verdicts import NO_PROOF


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
        demand.require(admitted.access, now_s=self.clock.now_ms() // 1000)
        is_safe = call.method in SAFE_METHODS
        claim = NO_PROOF if is_safe else admitted.serving(request_hash).claim
        await self.liveness.require(admitted.access, claim)
        return admitted.access
