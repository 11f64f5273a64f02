"""Fixtures of the tests of one-time codes."""

from pathlib import Path

import pytest

from tests.support.servers.databases import sqlite_in


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return sqlite_in(tmp_path)
