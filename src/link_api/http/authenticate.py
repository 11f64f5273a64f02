"""Who calls the Link API: a login by its `lnk_`, or a frame (docs/protocol.md#link-api)."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeVar

from aiohttp import web

from link_api.http.cors import CALLER_ORIGIN
from link_kernel.auth.authenticator import (
    SAFE_METHODS,
    AuthorizationHeader,
    UnverifiedCredentials,
    random_request_hash,
)
from link_kernel.auth.remote_authenticator import RemoteAuthenticator
from link_kernel.auth.requirements import Requirements, covers
from link_kernel.auth.session_check import SessionCheck
from link_kernel.clock import Clock
from link_kernel.errors import (
    ApiError,
    OriginNotAllowed,
    SessionRevoked,
    TokenInvalid,
    Unauthenticated,
)
from link_kernel.ids import sha256_hex
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import Address, Network, counted_network
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.store import SessionStore
from link_kernel.web.client_address import client_address
from link_kernel.web.credentials import read_credential, read_dpop_header
from link_kernel.web.request import read_optional_idempotency_key

_REMEMBERED: Final = 10_000

T = TypeVar("T")


class RefusedCredentials:
    """Refuses unread what comes from an address whose credentials were refused too often.

    Credentials that were good here before are read all the same: whoever sends made-up ones, behind
    an address that many share, takes nothing from customers who are at work.
    """

    def __init__(self, windows: RateLimiter, calls: int) -> None:
        """Take what counts, and how many refused credentials an address has in a minute."""
        self._windows = windows
        self._limit = Limit("refused_calls", calls)
        self._good: OrderedDict[str, None] = OrderedDict()  # hashes, those used last at the end

    async def bounded(
        self, address: Address | None, unverified: str, verify: Callable[[], Awaitable[T]]
    ) -> T:
        """Return what `verify` makes of a credential.

        Raises what it raises; `Unauthenticated` and `TokenInvalid` count, and `RateLimited` takes
        their place once there are too many. What is genuine is told what it needs to hear.
        """
        network, name = counted_network(address), sha256_hex(unverified)
        if name not in self._good:
            self._windows.refuse_known(self._limit, network)
        try:
            verified = await verify()
        except (Unauthenticated, TokenInvalid):
            self._good.pop(name, None)
            self._windows.admit_here(self._limit, network)
            raise
        self._remember(name)
        return verified

    def _remember(self, name: str) -> None:
        self._good[name] = None
        self._good.move_to_end(name)
        if len(self._good) > _REMEMBERED:
            self._good.popitem(last=False)


OTP: Final = frozenset({"otp"})
_LINK_TOKEN_PREFIX: Final = "lnk_"  # noqa: S105  # a prefix, no secret


@dataclass(frozen=True, slots=True)
class SignedInCaller:
    """Whose wallet a call may use, and how far; `scopes` is `None` for a login, which may do all.

    `elements_session` and `business_id` are there for a frame alone. `refusal` is there where the
    session has ended and the route admits such: it may hear a first answer again, and what it says.
    """

    customer_id: str
    link_session_id: str | None
    scopes: frozenset[str] | None = None
    amr: frozenset[str] = OTP
    elements_session: SessionKey | None = None
    business_id: str | None = None
    refusal: ApiError | None = None

    @property
    def view(self) -> str:
        """How much this caller is shown: two answers to one question differ by nothing else."""
        return "login" if self.scopes is None else " ".join(sorted(self.scopes))

    def covers(self, scope: str) -> bool:
        """Tell whether a part of the wallet is this caller's to see."""
        return self.scopes is None or covers(self.scopes, scope)

    @property
    def is_frame(self) -> bool:
        """Whether an elements token was presented."""
        return self.scopes is not None


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits calls. `own_origins` are those that a proof's `htu` may name, never `Host`."""

    refused: RefusedCredentials
    trusted_proxies: Collection[Network]
    sessions: SessionStore
    guard: Callable[[], RemoteAuthenticator]
    liveness: SessionCheck
    clock: Clock
    elements_origin: str
    own_origins: frozenset[str]

    async def admit(
        self, request: web.Request, demand: Requirements, *, ended_too: bool = False
    ) -> SignedInCaller:
        """Return who calls. What a frame must hold is `demand`; a login may do all.

        `ended_too` admits a caller whose session was ended while its token would live on, with the
        `refusal` that it hears else. Raises `Unauthenticated`, and for a frame `OriginNotAllowed`
        (a page that is not ours holds its token), the refusals of the guard and of its session, and
        `InsufficientScope`; `RateLimited` where too much was presented that stands for nobody.
        """
        credential = read_credential(request)
        if credential is None:
            raise Unauthenticated("no credential")
        address = client_address(request, self.trusted_proxies)
        return await self.refused.bounded(
            address,
            credential.text,
            lambda: self._admit(request, credential, demand, ended_too=ended_too),
        )

    async def _admit(
        self,
        request: web.Request,
        credential: AuthorizationHeader,
        demand: Requirements,
        *,
        ended_too: bool,
    ) -> SignedInCaller:
        if credential.text.startswith(_LINK_TOKEN_PREFIX):
            if credential.scheme != "bearer":
                raise Unauthenticated("lnk_ is a bearer token")
            return await self._login(credential.text, ended_too=ended_too)
        if request[CALLER_ORIGIN] not in {"", self.elements_origin}:
            raise OriginNotAllowed("an elements token from another page")
        path = request.rel_url.raw_path
        urls = frozenset(f"{origin}{path}" for origin in self.own_origins)
        call = UnverifiedCredentials(credential, read_dpop_header(request), request.method, urls)
        return await self._frame(call, demand, _request_hash(request), ended_too=ended_too)

    async def _login(self, unverified_link_token: str, *, ended_too: bool) -> SignedInCaller:
        session = await self.sessions.find_link_session(unverified_link_token)
        if session is not None:
            return SignedInCaller(session.customer_id, session.id)
        refusal = Unauthenticated("lnk_ unknown or ended")
        address = None
        if ended_too:
            address = await self.sessions.find_link_address(unverified_link_token)
        if address is None:
            raise refusal
        return SignedInCaller(address.partition, address.session_id, refusal=refusal)

    async def _frame(
        self,
        call: UnverifiedCredentials,
        demand: Requirements,
        request_hash: str,
        *,
        ended_too: bool,
    ) -> SignedInCaller:
        admitted = await self.guard().admit(call)
        access = admitted.access
        demand.require(access, now_s=self.clock.now_ms() // 1000)
        refusal = None
        try:
            if call.method in SAFE_METHODS:
                await self.liveness.require(access)
            else:  # its proof is noted in Redis anyway, in the script that reads the session
                claim = admitted.bind_to(request_hash).claim
                await self.liveness.require_by_redis(access, claim)
        except SessionRevoked as error:
            if not ended_too:
                raise
            refusal = error
        return SignedInCaller(
            access.subject,
            access.link_session_id,
            scopes=access.scopes,
            amr=frozenset(access.amr),
            elements_session=access.session_key,
            business_id=access.business_id,
            refusal=refusal,
        )


ADMISSION: Final = web.AppKey("admission", Admission)


async def admitted(
    request: web.Request, demand: Requirements, *, ended_too: bool = False
) -> SignedInCaller:
    """Return who calls, if they may; see `Admission.admit`."""
    return await request.app[ADMISSION].admit(request, demand, ended_too=ended_too)


def _request_hash(request: web.Request) -> str:
    """Name the request that a proof serves: by its key, else this very call."""
    key = read_optional_idempotency_key(request)
    return random_request_hash() if key is None else sha256_hex(key)
