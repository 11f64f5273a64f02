"""`LINK_DATABASE_URL`: what is accepted and how it is read; what is refused is never quoted."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from link_api.database.engine import SqliteFile, parse_database_url
from link_api.database.postgresql_url import PostgresqlServer
from link_api.settings import Settings
from tests.support.clients.link_client import settings_for

HOST: Final = (("host", 5432),)
NAMED: Final = {"application_name": "link-api"}
CHECKED: Final = {"sslmode": "verify-full", "sslrootcert": "system"}


def server(**differing: Any) -> PostgresqlServer:  # noqa: ANN401  # of any field
    """Return the server of `postgresql://u:p@host/db`, or one that differs from it."""
    parts: dict[str, Any] = {"hosts": HOST, "database": "db", "user": "u", "password": "p"}
    return PostgresqlServer(**{**parts, "tls": {}, "settings": NAMED, **differing})


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_postgresql_has_three_names(scheme: str) -> None:
    """Its own, the one that Heroku and others print, and SQLAlchemy's."""
    assert parse_database_url(f"{scheme}://u:p@host/db") == server()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("u:p@host:5433/db", server(hosts=(("host", 5433),))),
        ("u:p%40ss%3A@[::1]/db", server(hosts=(("::1", 5432),), password="p@ss:")),
        ("u:p@[::1]:5433/db", server(hosts=(("::1", 5433),))),
        ("host/db", server(user=None, password=None)),
        ("u:p@host/a%20b", server(database="a b")),
        ("/db?host=host&user=u&password=p+%2B", server(password="p++")),
        ("u:p@host?dbname=db", server()),
        # A socket, as Cloud SQL, Debian and libpq write it.
        ("u:p@/db?host=/cloudsql/a:b:c", server(hosts=(("/cloudsql/a:b:c", 5432),))),
        ("/db?host=/run/pg&port=5433&user=u&password=p", server(hosts=(("/run/pg", 5433),))),
        ("u:p@%2Frun%2Fpg/db", server(hosts=(("/run/pg", 5432),))),
        # Several servers: the one that takes writes.
        (
            "u:p@h1:5433,h2/db",
            server(hosts=(("h1", 5433), ("h2", 5432)), target="read-write", reads_anywhere=True),
        ),
        (
            "u:p@/db?host=h1,h2&port=5433,5434&target_session_attrs=any",
            server(hosts=(("h1", 5433), ("h2", 5434))),
        ),
        ("u:p@host/db?target_session_attrs=primary", server(target="primary")),
        # What providers print behind it.
        ("u:p@host/db?sslmode=require", server(tls={"sslmode": "require"})),
        ("u:p@host/db?ssl=true", server(tls={"sslmode": "require"})),
        (
            "u:p@host/db?sslmode=verify-ca&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem",
            server(
                tls={
                    "sslmode": "verify-ca",
                    "sslrootcert": "/ca.pem",
                    "sslcert": "/c.pem",
                    "sslkey": "/k.pem",
                }
            ),
        ),
        ("u:p@host/db?sslmode=require&channel_binding=require", server(tls=CHECKED)),
        (
            "u:p@host/db?channel_binding=require&sslrootcert=/ca.pem",
            server(tls={"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ),
        ("u:p@host/db?channel_binding=prefer&gssencmode=disable&keepalives=1", server()),
        ("u:p@host/db?sslrootcert=system", server(tls=CHECKED)),
        ("u:p@host/db?pgbouncer=true", server(is_pooled=True)),
        ("u:p@host/db?pgbouncer=false", server(is_pooled=False)),
        ("u:p@host/db?connect_timeout=3", server(connect_s=3.0)),
        ("u:p@host/db?connect_timeout=15", server(connect_s=8.0)),
        (
            "u:p@host/db?application_name=link-2&options=endpoint%3Dep-1",
            server(settings={"application_name": "link-2", "options": "endpoint=ep-1"}),
        ),
    ],
)
def test_a_url_is_read_as_providers_print_it(written: str, read: PostgresqlServer) -> None:
    """Hosts, sockets, TLS, poolers and time-outs, with libpq's names."""
    assert parse_database_url(f"postgresql://{written}") == read


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("sqlite:///link.db", "link.db"),
        ("sqlite+aiosqlite:////var/lib/link.db", "/var/lib/link.db"),
    ],
)
def test_sqlite_is_a_path(written: str, path: str) -> None:
    assert parse_database_url(written) == SqliteFile(path)


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "link.db",
        "postgres",
        "mysql://u:hunter2@host/db",
        "postgresql+psycopg://u:hunter2@host/db",
        "postgresql+asyncpg+x://u:hunter2@host/db",
        "postgresql://u:hunter2@host:port/db",
        "postgresql://u:hunter2@host:65536/db",
        "postgresql://u:hunter2@[::1/db",
        "postgresql://u:hunter2@[::1]hunter2/db",
        "postgresql://u:hunter2@host",
        "postgresql://u:hunter2@/db",
        "postgresql://u:hunter2@h1,,h2/db",
        "postgresql://u:hunter2@h..hunter2/db",
        f"postgresql://u:hunter2@{'hunter2' * 10}/db",
        "postgresql://u:hunter2%00@host/db",
        "postgresql://u:p@ss/hunter2@host/db",
        "postgresql://u:hunter2@h1,h2/db?port=1,2,3",
        "postgresql://u:hunter2@h1:1/db?port=2",
        "postgresql://u:hun?ter2@host/db",
        "postgresql://u:hunter2#@host/db",
        "postgresql://u:x@host/db?hunter2",
        "postgresql://u:x@host/db?hunter2=1",
        "postgresql://u:hunter2@host/db?sslmode=hunter2",
        "postgresql://u:hunter2@host/db?sslmode=require&sslmode=disable",
        "postgresql://u:hunter2@host/db?sslmode=disable&channel_binding=require",
        "postgresql://u:hunter2@host/db?sslmode=require&sslrootcert=system",
        "postgresql://u:hunter2@host/db?sslrootcert=system&sslcrl=hunter2",
        "postgresql://u:hunter2@host/db?target_session_attrs=standby",
        "postgresql://u:hunter2@host/db?connect_timeout=hunter2",
        "postgresql://u:hunter2@host/db?connect_timeout=0",
        "postgresql://u:hunter2@host/db?pgbouncer=hunter2",
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
    with pytest.raises(ValueError, match=r"must be|needs|takes|goes with") as caught:
        parse_database_url(refused)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None

    with pytest.raises(ValidationError) as reported:
        settings_for("redis://127.0.0.1/0", refused)
    assert "database_url" in str(reported.value)
    assert "hunter2" not in str(reported.value)


@given(st.text("@:/?#%[]&=+,x ", max_size=5), st.text("@:/?#%[]&=+,x ", max_size=5))
def test_a_password_that_was_not_escaped_is_quoted_nowhere(before: str, behind: str) -> None:
    """It may be read as any other part, and what is wrong with that is said without it."""
    try:
        parsed = parse_database_url(f"postgresql://u:{before}hunter2{behind}@host/db")
    except ValueError as error:
        assert "hunter2" not in str(error)  # noqa: PT017  # where it is accepted is a test as well
    else:
        assert isinstance(parsed, PostgresqlServer)
        assert "hunter2" in f"{parsed.password}{parsed.hosts}"


def test_the_url_is_not_shown_by_the_settings() -> None:
    """It holds a password."""
    url = "postgresql://u:hunter2@host/db?sslpassword=hunter2"
    settings = settings_for("redis://127.0.0.1/0", url)
    assert isinstance(settings, Settings)
    assert "hunter2" not in f"{settings!r} {settings} {parse_database_url(url)!r}"
