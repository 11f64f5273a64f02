"""A test server that runs applications as production does."""

from typing import Any

from aiohttp.test_utils import TestServer

from link_kernel.web.server import Runner


class ProductionTestServer(TestServer):
    """A test server whose requests take production's way in."""

    async def _make_runner(self, **options: Any) -> Runner:  # noqa: ANN401  # aiohttp's own
        return Runner(self.app, **options)
