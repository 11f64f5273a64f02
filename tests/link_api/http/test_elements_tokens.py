"""Elements tokens at the Link API: verified offline, held to their scope, bound to their key."""

from dataclasses import replace
from pathlib import Path

import pytest

from elements_bridge.keyring import KeyringFile
from link_api.settings import Settings
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.bridge_client import LINK
from tests.support.clients.frames import Frame, Together, running_together
from tests.support.clients.link_client import PREFIX, new_key, refusal
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


@pytest.mark.parametrize("bound", [True, False])
async def test_a_frame_saves_and_reads_addresses(together: Together, bound: bool) -> None:  # noqa: FBT001  # a case
    """With its token alone; the customer's `lnk_` sees the same."""
    frame = await together.signed_in("address", bound=bound)
    saved = await frame.post("addresses", HOME)
    kofi = await together.link.sign_in()

    assert await frame.get("addresses") == [saved]
    assert await kofi.get("addresses") == []


async def test_a_proof_serves_one_write(together: Together) -> None:
    """Sent again it is the same write; with another key it is nobody's."""
    frame = await together.signed_in("address")
    headers = frame.headers("POST", "addresses", key=new_key())
    first = await frame.send("POST", "addresses", HOME, headers)
    again = await frame.send("POST", "addresses", HOME, headers)
    other = await frame.send("POST", "addresses", HOME, {**headers, "Idempotency-Key": new_key()})

    assert (first.status, await first.read()) == (again.status, await again.read())
    assert first.status == 201
    assert await refusal(other) == (401, "INVALID_DPOP_PROOF")
    assert len(await frame.get("addresses")) == 1


async def test_a_proof_without_a_key_serves_once(together: Together) -> None:
    """Nothing names the request it served, so nothing can be the same one."""
    frame = await together.signed_in("address")
    headers = frame.headers("POST", "addresses")
    first = await frame.send("POST", "addresses", HOME, headers)
    again = await frame.send("POST", "addresses", HOME, headers)

    assert first.status == 201
    assert await refusal(again) == (401, "INVALID_DPOP_PROOF")


async def test_a_proof_may_name_the_api_host_and_no_other(
    together: Together, settings: Settings
) -> None:
    """Both hosts are one API; `Host` decides nothing."""
    frame = await together.signed_in("address")
    key = frame.bridge.frame_key
    assert key is not None
    for origin, status in ((settings.public_url, 200), ("https://evil.example", 401)):
        proof = key.proof(f"{origin}{PREFIX}/addresses", method="GET", token=frame.token)
        headers = {"Authorization": f"DPoP {frame.token}", "DPoP": proof}
        assert (await frame.send("GET", "addresses", None, headers)).status == status


async def test_a_bound_token_is_no_bearer_token(together: Together) -> None:
    """Whoever read it from somewhere has nothing."""
    frame = await together.signed_in("address")
    bare = {"Authorization": f"Bearer {frame.token}"}
    unproved = {"Authorization": f"DPoP {frame.token}"}
    elsewhere = frame.headers("GET", "preferences")

    for headers in (bare, unproved, elsewhere):
        answer = await frame.send("GET", "addresses", None, headers)
        assert await refusal(answer) == (401, "INVALID_DPOP_PROOF")


async def test_another_page_may_not_use_a_frames_token(together: Together) -> None:
    """Not even one that the Link API lists: only our own frame holds such a token."""
    frame = await together.signed_in("address", bound=False)
    headers = {**frame.headers("GET", "addresses"), "Origin": "https://shop.example"}
    answer = await frame.send("GET", "addresses", None, headers)

    assert await refusal(answer) == (403, "ORIGIN_NOT_ALLOWED")


async def test_our_own_frame_may_read_the_answer(together: Together) -> None:
    """CORS names the elements origin, for frames that call by the api host."""
    frame = await together.signed_in("address")
    headers = {**frame.headers("GET", "addresses"), "Origin": LINK}
    answer = await frame.send("GET", "addresses", None, headers)

    assert answer.headers["Access-Control-Allow-Origin"] == LINK


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_ended_session_is_refused_at_once(together: Together, method: str) -> None:
    """Its token lives on for minutes, the session does not."""
    frame = await together.signed_in("address")
    await together.signed_out(frame)
    body = None if method == "GET" else HOME
    answer = await frame.call(method, "addresses", body, key=new_key())

    assert await refusal(answer) == (401, "SESSION_REVOKED")


async def test_an_expired_token_asks_for_a_refresh(together: Together, clock: MovableClock) -> None:
    """401 TOKEN_EXPIRED, whose action is `refresh`."""
    frame = await together.signed_in("address", bound=False)
    clock.ahead_ms += 320_000
    answer = await frame.call("GET", "addresses")

    assert await refusal(answer) == (401, "TOKEN_EXPIRED")
    assert (await answer.json())["error"]["action"] == "refresh"


async def test_a_token_of_the_other_mode_is_refused(
    together: Together, settings: Settings, keyring: KeyringFile, clock: MovableClock
) -> None:
    """A resource server accepts one mode only."""
    async with running_together(settings, keyring, clock) as test_mode:
        frame = await test_mode.signed_in("address", bound=False)
        live = settings.model_copy(update={"mode": "live"})
        async with running_together(live, keyring, clock) as live_mode:
            stray = replace(frame, link=live_mode.link)
            assert await refusal(await stray.call("GET", "addresses")) == (401, "TOKEN_INVALID")


async def test_a_forged_token_is_refused(together: Together) -> None:
    """One signature turned, one key nobody published, one that is none."""
    frame: Frame = await together.signed_in("address", bound=False)
    head, claims, signature = frame.token.split(".")
    turned = ".".join((head, claims, signature[::-1]))
    for token in (turned, "a.b.c", f"{head}.{claims}."):
        answer = await frame.link.http.get(
            f"{PREFIX}/addresses", headers={"Authorization": f"Bearer {token}"}
        )
        assert await refusal(answer) == (401, "TOKEN_INVALID")


READS = ("addresses", "mobile-money", "sessions")
MAY_READ = {
    ("auth", "otp"): {"sessions"},
    ("auth", "bootstrap"): set(),
    ("address", "otp"): {"addresses", "sessions"},
    ("address", "bootstrap"): {"addresses"},
    ("payment", "otp"): {"mobile-money", "sessions"},
    ("payment", "bootstrap"): {"mobile-money"},
}
MISSING = {"addresses": "scope", "mobile-money": "scope"}


@pytest.mark.parametrize(("element", "amr"), MAY_READ)
async def test_an_element_reaches_its_own_part_of_the_wallet(
    together: Together, element: str, amr: str
) -> None:
    """By docs/protocol.md#scopes; what is missing is named."""
    if amr == "otp":
        frame = await together.signed_in(element)
    else:
        frame = await together.handed_over(await together.link.sign_in(), element)
    for path in READS:
        answer = await frame.call("GET", path)
        if path in MAY_READ[element, amr]:
            assert answer.status == 200, path
        else:
            assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")
            missing = MISSING.get(path, "amr")
            assert (await answer.json())["error"]["details"] == {"missing": missing}


@pytest.mark.parametrize("element", ["auth", "address", "payment"])
async def test_a_guest_reaches_nothing(together: Together, element: str) -> None:
    """403 with `sign_in`, never an empty wallet."""
    frame = await together.guest(element)
    for path in READS:
        answer = await frame.call("GET", path)
        assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")
        assert (await answer.json())["error"]["details"] == {"missing": "sign_in"}


async def test_a_wallet_changes_only_after_a_code_in_the_frame(together: Together) -> None:
    """A listed page could have handed over its own `lnk_`."""
    handed = await together.handed_over(await together.link.sign_in())
    proved = await together.signed_in()
    body = {"provider": "mtn", "phone_number": "0241234567"}
    answer = await handed.call("POST", "mobile-money", body, key=new_key())

    assert await refusal(answer) == (403, "INSUFFICIENT_SCOPE")
    assert (await proved.post("mobile-money", body))["is_default"]
