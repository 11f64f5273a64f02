"""What the published page prints only as a heading, method and path, does what it says there."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from link_dev.stack import Stack
from tests.link_api.test_documented_calls import run
from tests.link_api.test_published_calls import PHONE, filled, product, published

HEADINGS: Final = Path(__file__).with_name("published_headings.txt").read_text().splitlines()
OTHER_PHONE: Final = "+233244000001"


@dataclass
class Reader:
    """Who takes the page at its word: its curl calls, and its headings with the `lnk_` it shows."""

    stack: Stack
    known: dict[str, str] = field(default_factory=lambda: {"91f3…": "91f3"})
    called: set[str] = field(default_factory=set)

    async def printed(self, path: str, **changed: str) -> Any:  # noqa: ANN401  # JSON
        """Run the page's curl call of this path; return `data`, or a flat answer."""
        [call] = [call for call in published() if f"/v1/link/{path} " in call]
        host = {"https://api.cimplify.io": self.stack.ports.link_url}
        answer = await run(filled(call, host | self.known | changed), {})
        assert answer["success"] is True, f"{call}\n{answer}"
        return answer.get("data", answer)

    async def asked(self, heading: str, item: str = "", body: object = None) -> dict[str, Any]:
        """Call what a heading says, with its `:id` filled; return the answer."""
        assert heading in HEADINGS
        self.called.add(heading)
        method, path = heading.split(" ")
        url = self.stack.ports.link_url + path.replace(":id", item)
        call = f"curl -sS -X {method} {url} -H 'Authorization: Bearer {self.known['lnk_…']}'"
        return await run(call if body is None else f"{call} -d '{json.dumps(body)}'", {})

    async def data(self, heading: str, item: str = "", body: object = None) -> Any:  # noqa: ANN401  # JSON
        """Call likewise; return the `data` of a success."""
        answer = await self.asked(heading, item, body)
        assert (set(answer), answer["success"]) == ({"success", "data"}, True), heading
        return answer["data"]

    async def log_in(self, phone: str) -> None:
        """Take the `lnk_` of a new login."""
        self.known[PHONE] = phone
        await self.printed("auth/request-otp")
        self.known["123456"] = self.stack.outbox.sent[0].code
        self.known["lnk_…"] = (await self.printed("auth/verify-otp"))["session_token"]


async def test_every_heading_of_the_page_does_what_it_says(
    redis_url: str, database_url: str
) -> None:
    async with product(redis_url, database_url) as stack:
        reader = Reader(stack)
        await reader.log_in(PHONE)
        await preferences(reader)
        await addresses(reader)
        await wallets(reader)
        await sessions(reader)
    assert reader.called == set(HEADINGS)
    assert len(HEADINGS) == 14


async def preferences(reader: Reader) -> None:
    """Returns NOT_ENROLLED if the customer hasn't enrolled."""
    refused = await reader.asked("GET /v1/link/preferences")
    assert refused["error"]["code"] == "NOT_ENROLLED"
    assert set(refused["error"]) >= {"code", "message", "retryable"}

    await reader.printed("enroll")
    assert (await reader.data("GET /v1/link/preferences"))["notify_on_order"] is True


async def addresses(reader: Reader) -> None:
    """The first is the default; partial update; defaults cleared atomically; uses counted."""
    first, second = [
        await reader.printed("addresses", **{"4a82…": key}) for key in ("4a82", "4a83")
    ]
    assert (first["is_default"], second["is_default"]) == (True, False)
    moved = await reader.data("POST /v1/link/addresses/:id", first["id"], {"city": "Tema"})
    assert moved == first | {"city": "Tema", "updated_at": moved["updated_at"]}

    await used_and_promoted(reader, "addresses", second["id"])
    await reader.data("DELETE /v1/link/addresses/:id", first["id"])
    assert [left["id"] for left in await reader.data("GET /v1/link/addresses")] == [second["id"]]


async def wallets(reader: Reader) -> None:
    """A provider reads back as it was chosen; verified by the provider's own flow."""
    first = await reader.printed("mobile-money")
    second = await reader.printed("mobile-money", **{PHONE: OTHER_PHONE})
    assert (first["provider"], first["provider_code"]) == ("telecel", "vod")
    assert (first["is_default"], second["is_default"]) == (True, False)
    verified = await reader.data("POST /v1/link/mobile-money/:id/verify", second["id"])
    assert verified["is_verified"] is True

    await used_and_promoted(reader, "mobile-money", second["id"])
    await reader.data("DELETE /v1/link/mobile-money/:id", first["id"])
    left = await reader.data("GET /v1/link/mobile-money")
    assert [wallet["id"] for wallet in left] == [second["id"]]


async def used_and_promoted(reader: Reader, path: str, item: str) -> None:
    """Count a use of the second item and make it the only default."""
    used = await reader.data(f"POST /v1/link/{path}/:id/track-usage", item)
    assert (used["usage_count"], used["last_used_at"] is None) == (1, False)
    assert (await reader.data(f"POST /v1/link/{path}/:id/default", item))["is_default"] is True
    listed = await reader.data(f"GET /v1/link/{path}")
    assert [saved["id"] for saved in listed if saved["is_default"]] == [item]
    assert len(listed) == 2


async def sessions(reader: Reader) -> None:
    """One specific session by its id, every session flat; the `lnk_` is worth nothing then."""
    [session] = await reader.data("GET /v1/link/sessions")
    assert session["id"].startswith("lses_")
    await reader.data("DELETE /v1/link/sessions/:id", session["id"])
    assert (await reader.asked("GET /v1/link/sessions"))["error"]["code"] == "UNAUTHENTICATED"

    await reader.log_in(OTHER_PHONE)
    revoked = await reader.asked("DELETE /v1/link/sessions")
    assert revoked == {"success": True, "revoked": 1}
    assert (await reader.asked("GET /v1/link/sessions"))["error"]["code"] == "UNAUTHENTICATED"
