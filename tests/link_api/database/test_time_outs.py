"""How long PostgreSQL may take: what it is told, and what an operator may say."""

from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from link_api.database.session import reading
from link_api.database.startup import open_database
from link_api.database.statements import Statement


async def test_postgresql_is_told_who_asks_and_how_long_it_may_take(
    postgres_url: str, production_time_outs: None
) -> None:
    """So that its administrator can tell, and no statement or forgotten transaction stays."""
    async with open_database(postgres_url) as engine, reading(engine) as session:
        for name, value in {
            "application_name": "link-api",
            "statement_timeout": "5s",
            "lock_timeout": "4s",
            "idle_in_transaction_session_timeout": "5s",
        }.items():
            [[found]] = await session.fetch(Statement(text(f"SHOW {name}")))
            assert found == value


async def test_an_operator_says_how_long_postgresql_may_take(postgres_url: str) -> None:
    """The server ends a statement before that, and a wait for a lock before the statement."""
    async with open_database(postgres_url, read_ms=3_000) as engine, reading(engine) as session:
        for name, value in {"statement_timeout": "2s", "lock_timeout": "1600ms"}.items():
            [[found]] = await session.fetch(Statement(text(f"SHOW {name}")))
            assert found == value


@pytest.mark.parametrize(("in_url", "waited_s"), [("", 7.0), ("?connect_timeout=8", 8.0)])
async def test_an_operator_says_how_long_connecting_may_take(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, in_url: str, waited_s: float
) -> None:
    """For a migration too; what the URL says counts."""
    waited: set[float] = set()
    connect = asyncpg.connect

    async def noted(**named: Any) -> Any:  # noqa: ANN401  # the driver's own
        waited.add(named["timeout"])
        return await connect(**named)

    monkeypatch.setattr(asyncpg, "connect", noted)
    async with open_database(postgres_url + in_url, connect_ms=7_000) as engine, reading(engine):
        assert waited == {waited_s}
