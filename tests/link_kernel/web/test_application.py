"""The application of both services: what a request gets whose work was cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ServerDisconnectedError, web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler

from link_kernel.web.application import new_application
from tests.support.servers.production_server import ProductionTestServer

Http = TestClient[Any, Any]


@asynccontextmanager
async def _serving(handler: Handler) -> AsyncIterator[Http]:
    app = new_application()
    app.router.add_get("/", handler)
    async with TestClient(ProductionTestServer(app)) as http:
        yield http


async def test_a_request_whose_inner_wait_was_cancelled_is_answered_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Aiohttp would close the connection without a word, here and in the log."""

    async def wait_in_vain(_request: web.Request) -> web.Response:
        waited_for = asyncio.get_running_loop().create_future()
        waited_for.cancel()
        await waited_for
        return web.Response()

    async with _serving(wait_in_vain) as http:
        answer = await http.get("/")
        assert (answer.status, (await answer.json())["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "failed"
    ]


async def test_a_request_that_is_stopped_leaves_a_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As at the end of the process, where it gets no response any more."""

    async def stop(_request: web.Request) -> web.Response:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.get_running_loop().create_future()
        return web.Response()

    async with _serving(stop) as http:
        with pytest.raises(ServerDisconnectedError):
            await http.get("/")
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "cancelled"
    ]
