"""A browser that crashes: its scenario is played again and told, and no other test pays for it."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

import pytest

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.servers import Servers, open_http
from tests.support.engines.running import running_engine
from tests.support.engines.scenarios import all_scenarios
from tests.support.engines.stage import Stage
from tests.support.engines.webdriver import DriverRefused

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("crash"),
]

CONTACT: Final = "customer@crash.example"
_PAGES: Final = "WebKitWebProces"  # as the kernel cuts the name of the process of a page


@pytest.mark.parametrize("times", [1, 2])
async def test_a_scenario_is_played_again_after_one_crash_and_fails_after_two(times: int) -> None:
    """A page that brings its browser down each time is ours to mend."""
    [scenario] = [one for one in all_scenarios() if one.id == "sign-in-by-code"]
    told: list[str] = []
    async with open_stack(Plan(ports=Ports.free())) as stack, open_http() as http:
        stage = Stage("webkit", stack, lambda: running_engine("webkit", "default"))

        async def crash() -> None:
            for _ in range(times):
                await Servers.watched(stack, http).called("request-otp")
                _end_pages()

        playing = asyncio.gather(stage.play(scenario, CONTACT, told.append), crash())
        if times == 1:
            played, _ = await playing
            assert [] == played.broken
        else:
            with pytest.raises(DriverRefused):
                await playing
        assert 1 == len(told)
        assert await (await stage.person()).driver.answers()
        await stage.close()


def _end_pages() -> None:
    """Crash each page of the browsers that this process has started."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _is_ours(process) and _name(process) == _PAGES:
            os.kill(int(process.name), signal.SIGKILL)


def _is_ours(process: Path) -> bool:
    while process.name not in ("0", str(os.getpid())):
        try:
            fields = (process / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            return False
        process = process.with_name(fields[1])
    return process.name != "0"


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""
