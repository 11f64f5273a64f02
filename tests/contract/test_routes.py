"""Every route is an operation of its API's table and every operation a route; both are served."""

from pathlib import Path

import pytest
from aiohttp import ClientResponse, web

from elements_bridge.app import open_bridge
from elements_bridge.http.routes import API as BRIDGE
from elements_bridge.http.routes import API_PREFIX
from elements_bridge.keyring import KeyringFile
from link_api.app import open_link_api
from link_api.contract.operations import PREFIX
from link_api.routes import API as LINK_API
from link_kernel.contract.openapi import openapi
from link_kernel.contract.operations import ApiDescription
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import running_bridge
from tests.support.clients.bridge_client import settings_for as bridge_settings
from tests.support.clients.link_client import running_link_api
from tests.support.clients.link_client import settings_for as link_settings
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock


def routes_of(root: web.Application, prefix: str) -> set[tuple[str, str]]:
    """Return method and path of every route below a prefix; preflights and `HEAD` left out."""
    found = set()
    for route in root.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith(prefix) and route.method not in {"HEAD", "OPTIONS"}:
            found.add((route.method, path))
    return found


def operations_of(api: ApiDescription) -> set[tuple[str, str]]:
    """Return method and path of every operation."""
    return {(operation.method, operation.path) for operation in api.operations}


async def test_the_bridges_routes_are_its_operations(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = bridge_settings(redis_url, keyring, mode="test")
    async with open_bridge(settings, clock=clock) as bridge:
        root = new_application()
        bridge.mount_public(root)

    assert routes_of(root, API_PREFIX) == operations_of(BRIDGE)


async def test_the_link_apis_routes_are_its_operations(
    redis_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    async with open_link_api(link_settings(redis_url, sqlite_in(tmp_path)), clock=clock) as api:
        root = new_application()
        api.mount(root)

    assert routes_of(root, PREFIX) == operations_of(LINK_API)


@pytest.mark.parametrize("api", [BRIDGE, LINK_API], ids=lambda api: api.name)
def test_no_two_operations_share_a_place_or_an_id(api: ApiDescription) -> None:
    described = [
        operation["operationId"]
        for path in openapi(api)["paths"].values()
        for operation in path.values()
    ]

    assert len(described) == len(set(described)) == len(api.operations)


async def check_document(response: ClientResponse, api: ApiDescription) -> str:
    """Check the answer of an `openapi.json` and return its `ETag`."""
    assert response.status == 200
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert await response.json() == openapi(api)
    return response.headers["ETag"]


async def test_the_bridge_serves_its_document_and_says_when_it_is_known(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    path = f"{API_PREFIX}/openapi.json"
    async with running_bridge(bridge_settings(redis_url, keyring), clock) as bridge:
        etag = await check_document(await bridge.http.get(path), BRIDGE)
        again = await bridge.http.get(path, headers={"If-None-Match": etag})

    assert (again.status, await again.text()) == (304, "")


async def test_the_link_api_serves_its_document(
    redis_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    async with running_link_api(link_settings(redis_url, sqlite_in(tmp_path)), clock) as link:
        await check_document(await link.http.get(f"{PREFIX}/openapi.json"), LINK_API)
