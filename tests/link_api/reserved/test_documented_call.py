"""The calls of docs/testing.md sign a reserved contact in as they stand there."""

import re
from pathlib import Path

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.link_api.test_documented_calls import SHELL_BLOCK, output_of

PAGE = Path(__file__).parents[3] / "docs" / "testing.md"


async def test_the_pages_calls_sign_in(redis_url: str) -> None:
    [calls] = SHELL_BLOCK.findall(PAGE.read_text("utf-8"))
    async with open_stack(Plan(Ports.free(), redis_url=redis_url)) as stack:
        placed = re.sub(r"^LINK=\S+", f"LINK={stack.ports.link_url};", calls)
        told = await output_of(placed, {})

    assert '"session_token"' in told
