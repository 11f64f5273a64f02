"""`GET /v1/link/sessions`: where a login was refreshed, a copied cookie's places included."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients.link_client import PHONE, SHOP, Asking, Customer, LinkClient, granted
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

MINUTE = 60_000
HOME, ELSEWHERE = "198.51.100.23", "203.0.113.9"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def refreshed(link: LinkClient, token: str, address: str, browser: str) -> str:
    """Refresh by cookie from a network; return the `lnk_`."""
    asking = Asking(origin=SHOP, cookie=token, address=address, headers={"User-Agent": browser})
    answer = await granted(await link.refresh(None, asking=asking))
    return str(answer["session_token"])


async def shown(link: LinkClient, lnk: str) -> list[dict[str, Any]]:
    """Return `used_from` of the only session."""
    (session,) = await Customer(link, lnk, "").get("sessions")
    places: list[dict[str, Any]] = session["used_from"]
    return places


async def test_a_copied_cookie_is_seen_by_its_owner(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """The owner's own next refresh does not hide it."""
    body = await link.log_in(PHONE, Asking(origin=SHOP, address=HOME))
    cookie = body["refresh_token"]
    for address, browser in ((HOME, "phone"), (ELSEWHERE, "copy"), (HOME, "phone")):
        await time_machine.forward(MINUTE)
        lnk = await refreshed(link, cookie, address, browser)

    places = await shown(link, lnk)
    assert [(place["ip"], place["user_agent"]) for place in places] == [
        ("198.51.100.0/24", "phone"),
        ("203.0.113.0/24", "copy"),
    ]
    assert places[0]["last_used_at"] > places[1]["last_used_at"]


async def test_the_place_used_longest_ago_gives_way(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """Four are kept; a second browser in the same network is a place of its own."""
    body = await link.log_in(PHONE, Asking(origin=SHOP, address=HOME))
    for browser in ("a", "b", "c", "d", "a", "e"):
        await time_machine.forward(MINUTE)
        lnk = await refreshed(link, body["refresh_token"], HOME, browser)

    assert [place["user_agent"] for place in await shown(link, lnk)] == ["e", "a", "d", "c"]


async def test_a_replay_elsewhere_is_a_use(link: LinkClient) -> None:
    """Who repeats a recorded request gets the tokens too."""
    body = await link.log_in(PHONE, Asking(origin=SHOP, address=HOME))
    for address in (HOME, ELSEWHERE):
        asking = Asking(origin=SHOP, cookie=body["refresh_token"], address=address)
        answer = await granted(await link.refresh(None, "one-key-of-22-characters", asking))

    networks = {place["ip"] for place in await shown(link, answer["session_token"])}
    assert networks == {"198.51.100.0/24", "203.0.113.0/24"}
