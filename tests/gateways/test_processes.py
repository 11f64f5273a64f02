"""The gateways that tests start never outlive them, and a missing gateway is an error."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateways.processes import GatewayNotStarted, _answers, _listening, running_gateway
from tests.gateways.samples import HOST, UpstreamPorts
from tests.support.installing import gateways as install_gateways
from tests.support.installing.gateways import GatewayMissing, GatewayName, find_gateway
from tests.support.waiting import until_answered

PROGRAM = """
import asyncio, sys
from tests.gateways.processes import running_gateway
from tests.gateways.samples import UpstreamPorts
async def main():
    async with running_gateway(sys.argv[1], UpstreamPorts(9, 9, 9, 9, 9, 9)) as port:
        print(port, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def _until_it_is_gone(port: int) -> None:
    async def is_gone() -> bool:
        return not await _answers(port)

    await until_answered(is_gone)


async def test_it_dies_with_tests_that_were_killed(name: GatewayName) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, name),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path.cwd())])},
    )
    assert parent.stdout
    port = int(await parent.stdout.readline())
    assert await _answers(port)

    parent.kill()
    await parent.wait()

    await _until_it_is_gone(port)


async def test_it_ends_with_its_test(name: GatewayName) -> None:
    async with running_gateway(name, UpstreamPorts(9, 9, 9, 9, 9, 9)) as port:
        assert await _answers(port)
    await _until_it_is_gone(port)


async def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    command = [find_gateway("nginx"), "-p", str(tmp_path), "-c", "absent.conf", "-e", "stderr"]
    with pytest.raises(GatewayNotStarted, match=r"absent\.conf"):
        async with _listening(command, tmp_path, 9):
            pytest.fail(f"something listens on {HOST}:9")


def test_a_missing_gateway_is_named(name: GatewayName, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install_gateways, "_ADMINISTRATORS_PATH", "")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GatewayMissing, match=f"No {name}"):
        find_gateway(name)


def test_where_none_can_be_had_make_test_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(install_gateways, "_ADMINISTRATORS_PATH", "")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit) as ended:
        install_gateways.main()
    line = str(ended.value.code)
    assert "No nginx" in line
    assert "No caddy" in line
    assert "\n" not in line
