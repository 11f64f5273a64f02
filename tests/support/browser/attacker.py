"""An attacker's program outside of a browser: its own session, any headers it likes."""

from dataclasses import dataclass, field

from tests.support.browser.sign_in import code_for
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API, Json, Verifier, new_key, spent_by
from tests.support.frame_key import FrameKey


@dataclass
class Attacker:
    """A session of the attacker's own contact, for the shop's business and origin."""

    visitor: Visitor
    key: FrameKey = field(default_factory=FrameKey)
    access_token: str = ""

    async def sign_in(self, contact: str) -> None:
        """Prove a contact of the attacker's own."""
        verifier, shop = Verifier.new(), self.visitor.origin("shop")
        body: Json = {"element": "payment", "code_challenge": verifier.challenge}
        handed = await self._post("bootstrap?business_id=bus_demo", body, origin=shop)
        body = {
            "bootstrap_token": handed["bootstrap_token"],
            "code_verifier": verifier.text,
            "business_id": "bus_demo",
            "element": "payment",
            "parent_origin": shop,
        }
        self.access_token = (await self._post("init", body))["access_token"]
        claim = {"contact": contact, "contact_type": "email"}
        await self._post("request-otp", claim)
        code = code_for(self.visitor.servers.stack, contact)
        grant = await self._post("verify-otp", {**claim, "otp_code": code})
        self.access_token = grant["access_token"]

    async def mint(self, challenge: str) -> str:
        """Return a bootstrap token of the attacker's session, for the frame with this challenge."""
        body = {"element": "payment", "code_challenge": challenge}
        return str((await self._post("bootstrap?business_id=bus_demo", body))["bootstrap_token"])

    async def _post(self, route: str, body: Json, *, origin: str | None = None) -> Json:
        link = self.visitor.origin("link")
        headers = {"Idempotency-Key": new_key()}
        token = spent_by(body) or self.access_token
        if origin is None:
            url = f"{link}{API}/{route.partition('?')[0]}"
            headers["DPoP"] = self.key.proof(url, token=token)
            if self.access_token:
                headers["Authorization"] = f"DPoP {self.access_token}"
        status, answer = await self.visitor.servers.post(
            route, body, origin=origin or link, headers=headers
        )
        assert status == 200, answer
        data: Json = answer["data"]
        return data
