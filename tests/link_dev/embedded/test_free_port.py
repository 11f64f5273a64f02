"""A port that was given is nobody else's before its server starts."""

import asyncio
import sys
from typing import Final

import pytest

from link_dev.embedded import free_port as module
from link_dev.embedded.free_port import free_port

_LOOK: Final = """
from link_dev.embedded import free_port as module
module._FIRST, module._COUNT = 32_300, 4
print(module.free_port())
"""


def _only(monkeypatch: pytest.MonkeyPatch, first: int, count: int) -> None:
    monkeypatch.setattr(module, "_FIRST", first)
    monkeypatch.setattr(module, "_COUNT", count)


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for three before the first server starts must get three: chance would repeat one."""
    _only(monkeypatch, 32_200, 8)

    assert len({free_port() for _ in range(8)}) == 8


async def test_another_process_gets_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a suite, and `make dev` beside it, look in the same places."""
    _only(monkeypatch, 32_300, 4)
    ours = {free_port() for _ in range(3)}

    looking = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOOK, stdout=asyncio.subprocess.PIPE
    )
    found, _ = await looking.communicate()

    assert int(found) not in ours


async def test_a_server_starts_on_a_port_that_is_kept_for_it() -> None:
    """Each server of ours binds as asyncio's does; nobody who calls before it is answered."""
    port = free_port()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)

    async with await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", port
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
