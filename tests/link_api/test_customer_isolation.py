"""Customers are isolated: another customer's id is 404 on every route, like an unknown id."""

import re

import pytest
from aiohttp import ClientResponse

from link_api.app import open_link_api
from link_api.settings import Settings
from link_kernel.ids import new_id
from link_kernel.web.application import new_application
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.frames import Frame, Together
from tests.support.clients.link_client import PREFIX, Customer, new_key, refusal
from tests.support.time_machine import MovableClock

MOMO = {"provider": "mtn", "phone_number": "0241234567"}
ID_PREFIXES = {"addresses": "adr", "mobile-money": "momo", "sessions": "lses", "contacts": "con"}
REFUSALS = {"contacts": (403, "CONFIRMATION_REQUIRED")}  # confirmed: tests/link_api/contacts
BODIES = {("POST", "addresses/{}"): {"city": "Tema"}}
ROUTES = [
    *(("POST", f"addresses/{{}}{action}") for action in ("", "/default", "/track-usage")),
    ("DELETE", "addresses/{}"),
    *(("POST", f"mobile-money/{{}}/{action}") for action in ("default", "track-usage", "verify")),
    ("DELETE", "mobile-money/{}"),
    ("DELETE", "sessions/{}"),
    ("DELETE", "contacts/{}"),
]


async def items_of(customer: Customer) -> dict[str, list[dict[str, object]]]:
    """Return the items of a customer, of every kind that has ids."""
    return {kind: await customer.get(kind) for kind in ID_PREFIXES}


async def test_the_walk_leaves_no_route_out(settings: Settings, clock: MovableClock) -> None:
    async with open_link_api(settings, clock=clock) as api:
        root = new_application()
        api.mount(root)
    mounted = {
        (route.method, re.sub(r"^/v1/link/|\{id\}", lambda m: "{}" if "{" in m[0] else "", path))
        for route in root.router.routes()
        if route.resource is not None
        and route.method != "OPTIONS"
        and "{id" in (path := route.resource.canonical)
    }
    assert mounted == set(ROUTES)


@pytest.mark.parametrize("by", ["login", "frame"])
async def test_anothers_id_is_like_one_that_nobody_has(together: Together, by: str) -> None:
    """One body, nothing changed, for a `lnk_` as for a frame that may do all."""
    ama = await together.link.sign_in()
    await ama.post("addresses", HOME)
    await ama.post("mobile-money", MOMO)
    await together.handed_over(ama)
    before = await items_of(ama)
    kofi = await together.link.sign_in()
    frames = {
        kind: await together.signed_in(element)
        for kind, element in (("addresses", "address"), ("mobile-money", "payment"))
    }
    frames["sessions"] = frames["contacts"] = frames["addresses"]

    async def ask(kind: str, method: str, path: str, body: object) -> ClientResponse:
        caller: Customer | Frame = kofi if by == "login" else frames[kind]
        return await caller.call(method, path, body, key=new_key())

    for method, route in ROUTES:
        kind = route.partition("/")[0]
        ids = [str(item["id"]) for item in before[kind]]
        bodies = set()
        for item_id in (*ids, new_id(ID_PREFIXES[kind])):
            answer = await ask(kind, method, route.format(item_id), BODIES.get((method, route)))
            expected = REFUSALS.get(kind, (404, "NOT_FOUND"))
            assert await refusal(answer) == expected, (method, route, item_id)
            bodies.add(await answer.text())
        assert len(bodies) == 1
    assert await items_of(ama) == before


async def test_ids_of_another_kind_are_nobodys(together: Together) -> None:
    """An address's id is no wallet's, and what is spelt otherwise is no route."""
    ama = await together.link.sign_in()
    address = await ama.post("addresses", HOME)
    for path in (f"mobile-money/{address['id']}", "addresses/1", "addresses/..%2fdata"):
        assert (await ama.link.http.delete(f"{PREFIX}/{path}")).status in {401, 404}
        answer = await ama.call("DELETE", path)
        assert await refusal(answer) == (404, "NOT_FOUND")
    assert [held["id"] for held in await ama.get("addresses")] == [address["id"]]
