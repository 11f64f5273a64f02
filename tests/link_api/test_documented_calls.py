"""`docs/link-api.md` says how each route is called, and each call works as it stands there."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from link_api.app import open_link_api
from link_api.settings import Settings
from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from link_kernel.web.application import new_application
from tests.support.time_machine import MovableClock

GUIDE = Path(__file__).parents[2] / "docs" / "link-api.md"
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESSED = re.compile(r'"\$LINK(/v1/link/[^"?]*)')
METHOD = re.compile(r"-X (\w+)")
CONTACT = "+233241234567"
# What a newcomer copies out of one answer into the calls below it.
NAMED = {
    ("POST", "/v1/link/addresses"): "ADDRESS",
    ("POST", "/v1/link/mobile-money"): "WALLET",
    ("GET", "/v1/link/sessions"): "SESSION",
    ("POST", "/v1/link/contacts/verify-otp"): "ADDED",
}


def documented(at: str = "LINK") -> list[str]:
    """Return the guide's calls of one listener, in their order; other blocks set variables."""
    blocks = SHELL_BLOCK.findall(GUIDE.read_text())
    return [block for block in blocks if "curl" in block and f'"${at}/' in block]


def route_of(call: str) -> tuple[str, str]:
    """Return the method and the path of a call, variables in their place."""
    path = ADDRESSED.search(call)
    assert path, call
    method = METHOD.search(call)
    return (method[1] if method else "POST" if " -d " in call else "GET"), path[1]


@pytest.fixture
async def stack(redis_url: str) -> AsyncIterator[Stack]:
    """What `make dev` starts."""
    async with open_stack(Plan(Ports.free(), redis_url=redis_url)) as opened:
        yield opened


async def run(call: str, variables: dict[str, str]) -> dict[str, Any]:
    """Run a call and return its JSON."""
    answer: dict[str, Any] = json.loads(await output_of(call, variables))
    return answer


async def output_of(call: str, variables: dict[str, str]) -> str:
    """Run a call in a shell, as whoever reads the guide does, and return what it prints."""
    assert shutil.which("curl"), "curl is needed to run the documented calls"
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euc", call),
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await shell.communicate()
    assert shell.returncode == 0, f"{call}\n{complaint.decode()}"
    return output.decode()


async def test_every_route_is_documented(settings: Settings, clock: MovableClock) -> None:
    """And nothing else is."""
    async with open_link_api(settings, clock=clock) as api:
        root = new_application()
        api.mount(root)
        mounted = {
            (
                route.method,
                re.sub(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "{}", route.resource.canonical),
            )
            for route in root.router.routes()
            if route.resource is not None and route.method not in {"HEAD", "OPTIONS"}
        }
    described = {
        (method, re.sub(r"\$[A-Z_]+", "{}", path)) for method, path in map(route_of, documented())
    }
    assert described == mounted


async def test_every_documented_call_succeeds(stack: Stack) -> None:
    """From the first code to the end of the account, with nothing set but what the guide says."""
    variables = {"LINK": stack.ports.link_url, "CONTACT": CONTACT}
    request_otp, verify_otp, *_ = documented()
    for call in documented():
        if '{"purpose": "close_account"}' in call:  # the guide has signed out before
            await run(request_otp, variables)
            code = {"CODE": stack.outbox.sent[0].code}
            variables["TOKEN"] = (await run(verify_otp, variables | code))["session_token"]
        answer = await run(call, variables)
        assert answer.get("success", True) is True, f"{call}\n{answer}"
        data = answer.get("data", answer)
        if "session_token" in data:
            variables["TOKEN"] = data["session_token"]
            variables["REFRESH_TOKEN"] = data["refresh_token"]
        if "confirmation" in data:
            variables["CONFIRMATION"] = data["confirmation"]
        if route_of(call)[1].endswith("/request-otp"):
            variables["CODE"] = stack.outbox.sent[0].code
        shown = data[0] if isinstance(data, list) else data
        if (name := NAMED.get(route_of(call))) is not None and "id" in shown:
            variables[name] = shown["id"]
