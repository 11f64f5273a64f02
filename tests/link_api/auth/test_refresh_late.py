"""A repeat of a login's refresh by body that comes after newer ones, and who may be behind it."""

from pathlib import Path

import pytest

from tests.support.clients.link_client import LinkClient, granted, new_key, refusal
from tests.support.servers.databases import sqlite_in


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)


async def test_a_repeat_that_comes_late_is_superseded(link: LinkClient) -> None:
    """Nothing is granted and nothing ends; with another key it is reuse."""
    first, key = await link.log_in(), new_key()
    second = await granted(await link.refresh(first["refresh_token"], key))
    third = await granted(await link.refresh(second["refresh_token"]))

    answer = await link.refresh(first["refresh_token"], key)
    assert await refusal(answer) == (409, "REFRESH_TOKEN_SUPERSEDED")
    await granted(await link.refresh(third["refresh_token"]))

    answer = await link.refresh(first["refresh_token"])
    assert await refusal(answer) == (401, "REFRESH_TOKEN_REUSED")


async def test_a_thief_who_swallows_an_answer_and_runs_ahead_loses_the_login(
    link: LinkClient,
) -> None:
    """The victim's repeat is superseded, and its `rfr_` ends the login for the thief too."""
    victim, key = await link.log_in(), new_key()
    stolen = await granted(await link.refresh(victim["refresh_token"], key))
    ahead = await granted(await link.refresh(stolen["refresh_token"]))

    overtaken = await link.refresh(victim["refresh_token"], key)
    assert await refusal(overtaken) == (409, "REFRESH_TOKEN_SUPERSEDED")
    await granted(await link.post("logout", {"refresh_token": victim["refresh_token"]}))

    answer = await link.refresh(ahead["refresh_token"])
    assert await refusal(answer) == (401, "SESSION_REVOKED")
