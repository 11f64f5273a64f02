"""What no route takes: 404 or 405, and never the router's own way, which is dearer than a call."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from link_kernel.web.application import new_application
from tests.support.servers.production_server import ProductionTestServer

Http = TestClient[Any, Any]


async def _answer(_request: web.Request) -> web.Response:
    return web.Response()


@pytest.fixture
async def http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Http]:
    """Serve a fixed path and one with a part of its own; the router's exceptions are faults."""
    app = new_application()
    app.router.add_post("/fixed", _answer)
    app.router.add_get("/items/{id:[a-z]+}", _answer)
    app.router.add_get("/readable", _answer)
    app.router.add_post("/readable", _answer)
    for error in (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        monkeypatch.setattr(error, "__init__", None)
    async with TestClient(ProductionTestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/", (404, "NOT_FOUND")),
        ("GET", "/fixed/", (404, "NOT_FOUND")),
        ("GET", "/items/1", (404, "NOT_FOUND")),
        ("OPTIONS", "/nothing", (404, "NOT_FOUND")),
        ("GET", "/fixed", (405, "METHOD_NOT_ALLOWED")),
        ("PATCH", "/fixed", (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/items/a", (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/items/%61", (405, "METHOD_NOT_ALLOWED")),
    ],
)
async def test_an_unknown_path_is_404_and_an_unknown_method_405(
    http: Http, method: str, path: str, refusal: tuple[int, str]
) -> None:
    answer = await http.request(method, path)
    assert (answer.status, (await answer.json())["error"]["code"]) == refusal
    assert "Server" not in answer.headers


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/fixed", "POST"), ("/items/a", "GET, HEAD"), ("/readable", "GET, HEAD, POST")],
)
async def test_a_405_names_the_methods_that_there_are(http: Http, path: str, allowed: str) -> None:
    """RFC 9110 demands it."""
    assert (await http.patch(path)).headers["Allow"] == allowed


async def test_routes_are_found_before(http: Http) -> None:
    """In the order of the most specific path."""
    assert (await http.post("/fixed")).status == 200
    assert (await http.get("/items/a")).status == 200


async def test_the_log_names_no_pattern_for_it(
    http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    """The path itself may hold anything."""
    with caplog.at_level("INFO"):
        await http.get("/lnk_secretsecret")
    (line,) = [record for record in caplog.records if record.message == "request"]
    assert vars(line)["route"] == "unknown"
