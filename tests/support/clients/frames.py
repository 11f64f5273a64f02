"""A frame of the bridge that calls the Link API with its elements token, as the browser does."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientResponse

from elements_bridge.keyring import KeyringFile
from link_api.settings import Settings
from link_dev.embedded.free_port import free_port
from link_kernel.clock import Clock
from tests.support.clients.bridge_client import (
    LINK,
    BridgeClient,
    Json,
    granted,
    new_key,
    running_bridge,
)
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.bridge_sign_in import sign_in
from tests.support.clients.link_client import (
    PREFIX,
    Customer,
    LinkClient,
    data_of,
    new_phone,
    running_link_api,
)
from tests.support.frame_key import FrameKey


@dataclass(frozen=True)
class Frame:
    """A frame with a session, and its calls to the Link API.

    Each presents the newest of its `confirmations`.
    """

    link: LinkClient
    bridge: BridgeClient
    grant: Json
    confirmations: list[str] = field(default_factory=list, compare=False)

    @property
    def token(self) -> str:
        """Its access token."""
        return str(self.grant["access_token"])

    @property
    def session_id(self) -> str:
        """Its elements session."""
        return str(self.grant["session"]["id"])

    async def refresh(self) -> ClientResponse:
        """Ask the bridge for the next tokens."""
        return await self.bridge.refresh(self.grant["refresh_token"])

    async def refreshed(self) -> "Frame":
        """Return the frame with its next tokens."""
        return replace(self, grant=await granted(await self.refresh()))

    def headers(self, method: str, path: str, *, key: str | None = None) -> dict[str, str]:
        """Return the headers of a request: the token, and a DPoP proof if the frame has a key."""
        frame_key = self.bridge.frame_key
        presented = {"Authorization": f"{'DPoP' if frame_key else 'Bearer'} {self.token}"}
        if frame_key is not None:
            url = f"{LINK}{PREFIX}/{path}"
            presented["DPoP"] = frame_key.proof(url, method=method, token=self.token)
        if method != "GET":  # browsers name the origin of these, also to their own
            presented["Origin"] = LINK
        if key is not None:
            presented["Idempotency-Key"] = key
        if self.confirmations:
            presented["Link-Confirmation"] = self.confirmations[-1]
        return presented

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> ClientResponse:
        """Call a route below `/v1/link`."""
        return await self.send(method, path, body, self.headers(method, path, key=key))

    async def send(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> ClientResponse:
        """Call a route with headers of a test's own."""
        return await self.link.http.request(method, f"{PREFIX}/{path}", json=body, headers=headers)

    async def get(self, path: str) -> Any:  # noqa: ANN401  # JSON
        """Return the `data` of a read."""
        return await data_of(await self.call("GET", path))

    async def post(self, path: str, body: object = None) -> Any:  # noqa: ANN401  # JSON
        """Return the `data` of a write."""
        return await data_of(await self.call("POST", path, body, key=new_key()))


@dataclass(frozen=True)
class Together:
    """Both services on one Redis; they call each other only for one-time codes and keys."""

    link: LinkClient
    bridge: BridgeClient

    async def guest(self, element: str = "payment", *, bound: bool = True) -> Frame:
        """Return a frame with a guest's session."""
        bridge = replace(self.bridge, frame_key=FrameKey() if bound else None)
        return Frame(self.link, bridge, await bridge.init(element=element))

    async def handed_over(
        self, customer: Customer, element: str = "payment", *, bound: bool = True
    ) -> Frame:
        """Return a frame whose shop has the customer's `lnk_` token: `amr` is `bootstrap`."""
        bridge = replace(self.bridge, frame_key=FrameKey() if bound else None)
        return Frame(self.link, bridge, await bridge.init(element=element, token=customer.token))

    async def signed_in(
        self, element: str = "payment", *, bound: bool = True, phone: str | None = None
    ) -> Frame:
        """Return a frame in which a customer, a new one unless said, proved a contact.

        Its `amr` is `otp`.
        """
        guest = await self.guest(element, bound=bound)
        contact = {"contact": phone or new_phone(), "contact_type": "phone"}
        grant = await sign_in(guest.bridge, self.link.outbox, guest.grant, contact)
        return replace(guest, grant=grant)

    async def signed_out(self, frame: Frame) -> None:
        """End a frame's session at the bridge."""
        answer = await frame.bridge.post("logout", {"scope": "element"}, token=frame.token)
        assert (await granted(answer)) == {"revoked": 1}


@asynccontextmanager
async def running_together(
    settings: Settings, keyring: KeyringFile, clock: Clock, **bridge_settings: object
) -> AsyncIterator[Together]:
    """Serve both; the Link API gets the bridge's keys over HTTP."""
    port = free_port()
    keys_url = f"http://127.0.0.1:{port}/v1/link/elements/jwks.json"
    link_settings = settings.model_copy(update={"elements_jwks_url": keys_url})
    async with AsyncExitStack() as opened:
        link = await opened.enter_async_context(running_link_api(link_settings, clock))
        asked = bridge_settings_for(
            settings.redis_url.get_secret_value(),
            keyring,
            auth_service_url=str(link.http.make_url("")),
            mode=settings.mode,
            **bridge_settings,
        )
        bridge = await opened.enter_async_context(running_bridge(asked, clock, port=port))
        yield Together(link, bridge)
