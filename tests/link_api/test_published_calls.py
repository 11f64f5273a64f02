"""The published page's calls work as it prints them, curl command by curl command."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.link_api.test_documented_calls import run

PAGE = Path(__file__).with_name("published_calls.sh")
PHONE = "+233244000000"


def published() -> list[str]:
    """Return the page's curl commands in their order."""
    return [f"curl -sS{call}" for call in PAGE.read_text().split("curl")[1:]]


def filled(call: str, known: dict[str, str]) -> str:
    """Return a call with its placeholders filled, and the host of the running product."""
    for placeholder, value in known.items():
        call = call.replace(placeholder, value)
    return call


@asynccontextmanager
async def product(redis_url: str, database_url: str) -> AsyncIterator[Stack]:
    """Start the running product on a database."""
    plan = Plan(Ports.free(), redis_url=redis_url, link={"database_url": database_url})
    async with open_stack(plan) as opened:
        yield opened


async def test_every_published_call_succeeds(redis_url: str, database_url: str) -> None:
    """From the first code to the logout, which the page prints early and a person does last."""
    async with product(redis_url, database_url) as stack:
        known = {"https://api.cimplify.io": stack.ports.link_url, "bus_…": "bus_demo"}
        known |= {"ord_…": "ord_1001", "91f3…": "91f3", "4a82…": "4a82"}
        calls = sorted(published(), key=lambda call: "/auth/logout" in call)
        answers: list[dict[str, Any]] = []
        for call in calls:
            if "/preferences" in call:
                known["addr_…"] = answers[-1]["data"]["address"]["id"]
            answers.append(await run(filled(call, known), {}))
            assert answers[-1].get("success") is True, f"{call}\n{answers[-1]}"
            if "/request-otp" in call:
                known["123456"] = stack.outbox.sent[0].code
            if "/verify-otp" in call:
                known["lnk_…"] = answers[-1]["session_token"]

    assert (answers[0]["success"], answers[0]["message"]) == (True, "OTP sent")
    assert answers[1]["message"] == "Verified"
    assert set(answers[1]) - {"contacts_masked"} == {
        *("success", "session_token", "refresh_token", "account_id", "customer_id", "message")
    }
    assert known["addr_…"].startswith("addr_")
    assert len(calls) == 10


@pytest.mark.parametrize("call", published())
def test_a_published_body_is_json(call: str) -> None:
    """A call whose body lost a character would prove nothing."""
    _, has_body, rest = call.partition("-d '")
    if has_body:
        assert isinstance(json.loads(rest[: rest.rindex("'")]), dict)
