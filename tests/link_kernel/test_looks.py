"""Looks at parts that may be silent: who asks waits a moment, and is told what came of the last."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from link_kernel import looks
from link_kernel.looks import Look, looking
from tests.support.waiting import until


@pytest.fixture
async def answers() -> asyncio.Queue[str]:
    """What a part answers, in the order of the looks at it."""
    return asyncio.Queue()


@pytest.fixture
async def look(answers: asyncio.Queue[str]) -> AsyncIterator[Look[str]]:
    """A look that ends when the part answers."""
    async with looking(answers.get) as look:
        yield look


@pytest.fixture
def no_patience() -> Iterator[None]:
    """Let who asks wait for nothing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(looks, "_PATIENCE_S", 0.0)
        yield


async def test_what_a_part_answers_is_told(look: Look[str], answers: asyncio.Queue[str]) -> None:
    answers.put_nowait("well")
    assert await look.result() == "well"
    answers.put_nowait("ill")
    assert await look.result() == "ill"


@pytest.mark.usefixtures("no_patience")
async def test_a_part_is_silent_until_one_look_has_ended(
    look: Look[str], answers: asyncio.Queue[str]
) -> None:
    """From then on it is as that look found it, while each takes as long as that."""
    for _ in range(2):  # both of one look
        with pytest.raises(TimeoutError):
            await look.result()
    answers.put_nowait("partly ill")
    await until(answers.empty)
    assert await look.result() == "partly ill"
    assert await look.result() == "partly ill"
