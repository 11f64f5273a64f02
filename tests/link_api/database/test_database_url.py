"""`LINK_DATABASE_URL`: what is accepted and how it is read; what is refused is never quoted."""

import pytest
from pydantic import ValidationError

from link_api.database.engine import parse_database_url
from link_api.settings import Settings
from tests.support.clients.link_client import settings_for


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("postgresql://u:p@host/db", "postgresql+asyncpg://u:p@host/db"),
        ("postgresql+asyncpg://u:p@host:5433/db", "postgresql+asyncpg://u:p@host:5433/db"),
        ("postgresql://u:p%40ss%3A@[::1]/db", "postgresql+asyncpg://u:p%40ss%3A@[::1]/db"),
        (
            "postgresql://host/db?sslmode=verify-full",
            "postgresql+asyncpg://host/db?ssl=verify-full",
        ),
        ("sqlite:///link.db", "sqlite+aiosqlite:///link.db"),
        ("sqlite+aiosqlite:////var/lib/link.db", "sqlite+aiosqlite:////var/lib/link.db"),
    ],
)
def test_the_driver_may_be_left_out(written: str, read: str) -> None:
    """Each database has one driver here."""
    assert parse_database_url(written).render_as_string(hide_password=False) == read


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "link.db",
        "postgres",
        "mysql://u:hunter2@host/db",
        "postgres://u:hunter2@host/db",
        "postgresql+psycopg://u:hunter2@host/db",
        "postgresql+asyncpg+x://u:hunter2@host/db",
        "postgresql://u:hunter2@host:port/db",
        "postgresql://u:hunter2@host",
        "postgresql://u:hunter2@/db",
        "postgresql://u:hunter2@host/db?sslmode=maybe",
        "postgresql://u:hunter2@host/db?sslmode=require&sslmode=disable",
        "postgresql://u:hunter2@host/db?password=hunter2",
        "sqlite+pysqlite:///link.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:link?mode=memory&uri=true",
        "sqlite://host/hunter2.db",
    ],
)
def test_anything_else_is_refused_without_a_word_of_it(refused: str) -> None:
    """The settings say what to write, and never what was written."""
    with pytest.raises(ValueError, match=r"must be|needs|takes|the one parameter") as caught:
        parse_database_url(refused)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None

    with pytest.raises(ValidationError) as reported:
        settings_for("redis://127.0.0.1/0", refused)
    assert "database_url" in str(reported.value)
    assert "hunter2" not in str(reported.value)


def test_the_url_is_not_shown_by_the_settings() -> None:
    """It holds a password."""
    settings = settings_for("redis://127.0.0.1/0", "postgresql://u:hunter2@host/db")
    assert isinstance(settings, Settings)
    assert "hunter2" not in f"{settings!r} {settings}"
