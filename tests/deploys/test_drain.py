"""A service that is asked to end tells it first, serves on, and cuts no call."""

import asyncio
import os
import resource
import signal
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientConnectionError

from tests.deploys.deployed import PROBED, Deployment, Process, ServiceName, deployed
from tests.support.servers.commands import DEADLINE_S

LONG: Final = {"DRAIN_S": "600"}  # its end is not waited for
SERVED: Final = pytest.mark.parametrize(
    ("name", "settings"),
    [("bridge", LONG), ("bridge", {**LONG, "WORKERS": "2"}), ("link-api", LONG)],
    ids=["bridge", "two workers", "link-api"],
)


@pytest.fixture
def deployment(redis_url: str, tmp_path: Path) -> Deployment:
    """A deployment on the test Redis."""
    return Deployment(redis_url, tmp_path)


@SERVED
async def test_readiness_fails_first_and_calls_are_served_on(
    deployment: Deployment, name: ServiceName, settings: dict[str, str]
) -> None:
    """New connections are taken, and each ends with its answer, so that the next goes elsewhere."""
    async with deployed(deployment, name, settings) as process:
        assert "close" != (await process.call()).headers.get("Connection")
        assert (200, "ok") == await serving_of(process)

        process.service.process.send_signal(signal.SIGTERM)
        await process.service.said("draining", int(settings.get("WORKERS", "1")))
        assert (503, "draining") == await serving_of(process)
        for _ in range(20):
            answer = await process.call()
            assert (PROBED[name][1], "close") == (answer.status, answer.headers["Connection"])

        process.service.process.send_signal(signal.SIGTERM)  # as a supervisor of the group does
        assert (503, "draining") == await serving_of(process)
        process.service.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(DEADLINE_S):
            assert 0 == await process.service.process.wait()
        with pytest.raises(ClientConnectionError):
            await process.call()


async def serving_of(process: Process) -> tuple[int, str]:
    """Return the status of `/readyz`, and what it says of the process itself."""
    status, body = await process.readiness()
    return status, body["serving"]


@pytest.mark.parametrize("name", ["bridge", "link-api"])
async def test_a_drain_ends_by_itself(deployment: Deployment, name: ServiceName) -> None:
    async with deployed(deployment, name, {"DRAIN_S": "1"}) as process:
        assert 0 == await process.service.stop()


async def test_a_worker_that_dies_is_replaced_and_the_others_serve_on(
    deployment: Deployment, tmp_path: Path
) -> None:
    """The one in its place counts on in its files, and serves without those that find no room."""
    settings, folder = {"WORKERS": "2", "DRAIN_S": "0"}, {"TMPDIR": str(tmp_path)}
    async with deployed(deployment, "bridge", settings, others=folder) as process:
        first = workers_of(process)
        files = files_in(tmp_path)
        assert (2, 6) == (len(first), len(files))
        no_file_grows = (0, resource.RLIM_INFINITY)
        resource.prlimit(process.service.process.pid, resource.RLIMIT_FSIZE, no_file_grows)
        os.kill(first[0], signal.SIGKILL)
        await process.service.said("worker_died")
        assert '"status":-9,"reason":"SIGKILL"' in process.service.last_line
        await process.service.said("listening", 6)  # both listeners of the third worker

        assert 1 == process.service.heard["worker_died"]
        assert 2 == len(workers_of(process))
        assert 1 == process.service.heard["metrics_without_room"]
        assert {"gauge_livemax_0.db"} == {path.name for path in files - files_in(tmp_path)}
        assert files_in(tmp_path) < files
        assert 200 == (await process.call()).status
        assert 0 == await process.service.stop()


def workers_of(process: Process) -> list[int]:
    """Return the process ids of its workers."""
    pid = process.service.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def files_in(folder: Path) -> set[Path]:
    """Return the files of metrics below a folder."""
    return {*folder.rglob("*.db")}
