"""Both services for the tests of what operators see."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from elements_bridge.keyring import KeyringFile
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.every_call import Services
from tests.support.clients.internal_client import INTERNAL_TOKEN, running_both_listeners
from tests.support.clients.link_client import settings_for
from tests.support.clients.running_api import running_api
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock


@pytest.fixture
async def services(
    redis_url: str, tmp_path: Path, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[Services]:
    """Both services on one Redis."""
    settings = settings_for(redis_url, sqlite_in(tmp_path), limit_check_status=2)
    async with running_api(settings, clock) as link:
        url = str(link.link.http.make_url(""))
        asked = bridge_settings_for(
            redis_url, keyring, mode="test", auth_service_url=url, internal_token=INTERNAL_TOKEN
        )
        async with running_both_listeners(asked, clock) as bridge:
            yield Services(bridge, link)
