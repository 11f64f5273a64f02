"""Rate limit of invalid credentials: a flood is told to stop, and limits no genuine client."""

from dataclasses import replace
from pathlib import Path

import pytest

from link_api.settings import Settings
from tests.support.clients.frames import Together
from tests.support.clients.link_client import (
    Asking,
    LinkClient,
    data_of,
    new_key,
    new_phone,
    refusal,
)
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import TimeMachine

HERE, THERE = "198.51.100.1", "198.51.100.2"
UNKNOWN = (401, "UNAUTHENTICATED")
FORGED = (401, "TOKEN_INVALID")
LIMITED = (429, "RATE_LIMITED")
JWT = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ.e30.AAAA"


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Three refused credentials a minute of one address."""
    return link_settings_for(redis_url, sqlite_in(tmp_path), limit_refused_calls=3)


async def present(link: LinkClient, token: str, address: str = HERE) -> tuple[int, str]:
    """Present a credential that is refused."""
    asking = Asking(token=token, address=address)
    return await refusal(await link.call("GET", "addresses", asking=asking))


async def flood(link: LinkClient, address: str = HERE) -> None:
    """Present made-up credentials until this address is known for it."""
    answers = [await present(link, f"lnk_{number}", address) for number in range(4)]
    assert answers == [UNKNOWN, UNKNOWN, UNKNOWN, LIMITED]


async def test_a_flood_of_unknown_tokens_is_429(together: Together) -> None:
    """The answer says when to come back; another address is another caller."""
    link = together.link
    await flood(link)
    for number in range(20):
        assert await present(link, f"lnk_x{number}") == LIMITED
        assert await present(link, JWT) == LIMITED

    asking = Asking(token="lnk_y", address=HERE)
    answer = await link.call("DELETE", "sessions", asking=asking)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Policy"] == '"refused_calls";q=3;w=60'
    assert await present(link, "lnk_z", THERE) == UNKNOWN


async def test_a_forged_token_costs_no_request_to_an_issuer_that_is_away(
    link: LinkClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It says nothing of the token, so it does not count; the log says which setting to mend."""
    await flood(link)
    for _ in range(5):
        assert await present(link, JWT) == (502, "UPSTREAM_UNAVAILABLE")
    [told] = [record for record in caplog.records if record.msg == "remote_keys_not_fetched"]
    assert vars(told)["setting"] == "LINK_ELEMENTS_JWKS_URL"


async def test_forged_tokens_and_logouts_of_unknown_ones_count_alike(together: Together) -> None:
    link = together.link
    asking = Asking(token="lnk_unknown", address=HERE)
    assert await present(link, JWT) == FORGED
    assert await refusal(await link.logout(asking.token, asking)) == UNKNOWN
    assert await present(link, "a.b.c") == FORGED
    assert await refusal(await link.logout(asking.token, asking)) == LIMITED


async def test_it_is_over_after_a_minute(link: LinkClient, time_machine: TimeMachine) -> None:
    await flood(link)
    await time_machine.forward(61_000)
    assert await present(link, "lnk_again") == UNKNOWN


async def test_customers_behind_the_same_address_notice_nothing(together: Together) -> None:
    """Whatever is genuine passes at its first call: a new login, a frame, a logout, a refresh."""
    link, here = together.link, Asking(address=HERE)
    login = await link.log_in(new_phone(), Asking(address=THERE))
    asking = replace(here, token=login["session_token"])
    frame = await together.signed_in("address")
    from_here = frame.headers("GET", "addresses") | {"X-Forwarded-For": HERE}
    await flood(link)

    assert await data_of(await link.call("GET", "addresses", asking=asking)) == []
    assert await data_of(await frame.send("GET", "addresses", None, from_here)) == []
    refreshed = await link.refresh(login["refresh_token"], asking=here)
    assert refreshed.status == 200
    later = await link.log_in(new_phone(), here)
    assert (await link.logout(later["session_token"], here)).status == 200
    assert await refusal(await link.logout(later["session_token"], here)) == LIMITED


async def test_the_bridge_is_never_refused_for_others(link: LinkClient) -> None:
    """Customers' codes go through it, and it may stand behind the attacker's address."""
    await flood(link)
    bridge = Asking(binding="bus_0123456789abcdef https://shop.example", address=HERE)
    assert (await link.request_otp(new_phone(), bridge)).status == 200


@pytest.mark.parametrize("path", ["logout", "refresh"])
async def test_forged_refresh_tokens_count_and_genuine_ones_pass(
    link: LinkClient, path: str
) -> None:
    login = await link.log_in(new_phone(), Asking(address=THERE))
    here = Asking(address=HERE, key=new_key() if path == "refresh" else None)
    forged = {"refresh_token": "rfr_forged"}
    answers = [await refusal(await link.post(path, forged, here)) for _ in range(4)]
    assert answers == [(401, "REFRESH_TOKEN_INVALID")] * 3 + [LIMITED]

    genuine = {"refresh_token": login["refresh_token"]}
    assert (await link.post(path, genuine, here)).status == 200


async def test_what_is_genuine_does_not_count(
    together: Together, time_machine: TimeMachine
) -> None:
    """An expired token is to be refreshed, one without the scope to be replaced."""
    frame = await together.signed_in("auth", bound=False)
    for _ in range(5):
        answer = await frame.call("GET", "addresses")
        assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")
    await time_machine.forward(320_000)
    for _ in range(5):
        assert await refusal(await frame.call("GET", "sessions")) == (401, "TOKEN_EXPIRED")


async def test_calls_without_a_credential_do_not_count(link: LinkClient) -> None:
    """They cost nothing as it is."""
    for _ in range(10):
        answer = await link.call("GET", "addresses", asking=Asking(address=HERE))
        assert await refusal(answer) == UNKNOWN
    assert await present(link, "lnk_first") == UNKNOWN
