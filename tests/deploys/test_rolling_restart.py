"""Every process of both services is replaced, behind a gateway under load: no call fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any, Final, cast

import pytest
from aiohttp import ClientError, ClientSession
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from tests.deploys.deployed import PROBED, Address, Deployment, Process, ServiceName, deployed
from tests.gateways.processes import running_gateway
from tests.gateways.samples import HOST, UpstreamPorts
from tests.support.clients.bridge_client import BridgeClient, configure, new_key
from tests.support.clients.whole_response import WholeResponse
from tests.support.frame_key import FrameKey
from tests.support.installing.gateways import GATEWAYS, GatewayName
from tests.support.waiting import until, until_answered

LINK_HOST: Final = "link.cimplify.io"
CLIENTS: Final = 2
NOBODY: Final = 9
REFRESHES: Final = 5
HOSTS: Final = ("127.0.0.1", "127.0.0.2")
# Calls between two restarts, so that the load meets each.
SETTLED: Final = 20
_HIGH: Final = "100000"
SETTINGS: Final = {
    "DRAIN_S": "60",  # for longer than it takes a gateway to hear of it; then the test ends it
    "TRUSTED_PROXIES": "127.0.0.1/32",
    # A store that is slow on a busy machine would make the process unready that is not replaced.
    "REDIS_CONNECT_TIMEOUT": "5000",
    "REDIS_READ_TIMEOUT": "5000",
}
ROOMY: Final = {f"LIMIT_{name}": _HIGH for name in ("BOOTSTRAP", "INIT", "GUESTS", "GUESTS_CROWD")}
SERVICES: Final[dict[ServiceName, dict[str, str]]] = {
    "bridge": SETTINGS | ROOMY,
    "link-api": SETTINGS,
}


@dataclass
class Load:
    """Clients that call both services through a gateway, one call after the other."""

    port: int
    served: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    is_over: bool = False

    async def play_frame(self) -> None:
        """Bootstrap, begin a session and refresh it, again and again."""
        async with self._session() as http:
            while not self.is_over:
                frame = BridgeClient(cast("Any", http), FrameKey())
                grant = await self._result("init", frame.init())
                for _ in range(REFRESHES):
                    if grant is None:
                        break
                    refreshed = await self._result(
                        "refresh", frame.refresh(grant["refresh_token"], new_key())
                    )
                    is_served = refreshed is not None and refreshed.status == HTTPStatus.OK
                    grant = (await refreshed.json())["data"] if is_served else None
                    if refreshed is not None and not is_served:
                        self.failed.append(f"refresh: {refreshed.status} {await refreshed.text()}")

    async def play_page(self) -> None:
        """Call the Link API, again and again, by a route that needs no store."""
        path, expected = PROBED["link-api"]
        async with self._session() as http:
            while not self.is_over:
                answer = await self._result("link-api", http.get(path))
                if answer is not None and answer.status != expected:
                    self.failed.append(f"link-api: {answer.status} {await answer.text()}")

    async def served_more(self) -> None:
        """Return when each kind of call was served some times more."""
        before = self.served.copy()
        await until(lambda: all(self.served[one] >= before[one] + SETTLED for one in KINDS))

    def _session(self) -> ClientSession:
        return ClientSession(
            f"http://{HOST}:{self.port}", headers={"Host": LINK_HOST}, response_class=WholeResponse
        )

    async def _result(self, kind: str, calling: Any) -> Any:  # noqa: ANN401  # a client's
        try:
            result = await calling
        except (ClientError, AssertionError) as error:
            self.failed.append(f"{kind}: {error!r}")
            return None
        self.served[kind] += 1
        return result


KINDS: Final = ("init", "refresh", "link-api")


@pytest.mark.parametrize("name", GATEWAYS)
async def test_no_call_fails_while_each_process_is_replaced(
    name: GatewayName, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    """Neither a handshake nor a refresh nor a call of the Link API."""
    await configure(RedisBusinesses(redis), mode="test")
    deployment = Deployment(redis_url, tmp_path)
    async with AsyncExitStack() as opened:
        ports = {service: Address() for service in SERVICES}
        fleet = [
            await opened.enter_async_context(
                Place.open(deployment, service, replace(ports[service], host=host))
            )
            for service in SERVICES
            for host in HOSTS
        ]
        port = await opened.enter_async_context(
            running_gateway(name, upstreams(ports["bridge"], ports["link-api"]))
        )
        load = Load(port)
        clients = [load.play_frame, load.play_page]
        playing = [
            asyncio.create_task(client()) for client, _ in zip(cycle(clients), range(CLIENTS))
        ]
        try:
            await load.served_more()
            for host in HOSTS:
                leaving = [place for place in fleet if place.at.host == host]
                await asyncio.gather(*[place.replace(GONE[name], load) for place in leaving])
                await load.served_more()
        finally:
            load.is_over = True
            await asyncio.gather(*playing)

    assert not Counter(one[:150] for one in load.failed)


def upstreams(bridge: Address, link_api: Address) -> UpstreamPorts:
    """Return the ports of both services for the gateway."""
    return UpstreamPorts(
        bridge=bridge.port,
        internal=bridge.internal_port,
        link_api=link_api.port,
        link_api_internal=link_api.internal_port,
        main_api=NOBODY,
        checkout=NOBODY,
        hosts=HOSTS,
    )


async def gone_amid_calls(process: Process, load: Load) -> None:
    """End a process that its gateway still calls: nginx asks nobody whether one is ready."""
    process.service.process.send_signal(SIGTERM)
    await load.served_more()
    await _end(process)


async def gone_once_left(process: Process, load: Load) -> None:
    """End a process that its gateway has left, since it is not ready any more."""
    process.service.process.send_signal(SIGTERM)
    before = -1
    while (now := await process.public_calls()) != before:
        before = now
        await load.served_more()
    await _end(process)


async def _end(process: Process) -> None:
    """End the drain, as its time does."""
    process.service.process.send_signal(SIGINT)
    assert 0 == await process.service.process.wait()


Gone = Callable[[Process, Load], Awaitable[None]]
GONE: Final[dict[GatewayName, Gone]] = {"nginx": gone_amid_calls, "caddy": gone_once_left}


@dataclass
class Place:
    """An address at which one process after the other serves."""

    deployment: Deployment
    name: ServiceName
    at: Address
    _process: Process | None = None
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, deployment: Deployment, name: ServiceName, at: Address
    ) -> AsyncIterator["Place"]:
        """Start the first process."""
        place = cls(deployment, name, at)
        await place._start()
        try:
            yield place
        finally:
            await place._opened.aclose()

    async def replace(self, gone: Gone, load: Load) -> None:
        """End the process and start the next one; return once the gateway calls it."""
        assert self._process is not None
        await gone(self._process, load)
        await self._opened.aclose()
        process = await self._start()

        async def is_called() -> bool:
            return await process.public_calls() > 0

        await until_answered(is_called)

    async def _start(self) -> Process:
        self._opened = AsyncExitStack()
        running = deployed(self.deployment, self.name, SERVICES[self.name], at=self.at)
        self._process = process = await self._opened.enter_async_context(running)

        async def is_ready() -> bool:
            return (await process.readiness())[0] == HTTPStatus.OK

        await until_answered(is_ready)
        return process
