"""What has come to a listener when it closes."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import pytest
import uvloop
from aiohttp import web

from link_dev.embedded.free_port import free_port
from link_kernel.web import listen
from link_kernel.web.application import new_application
from link_kernel.web.listen import Listener, PortTaken, listening
from tests.support.waiting import until_answered

HOST: Final = "127.0.0.1"
CALL: Final = b"GET /here HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def listener() -> Listener:
    """Return a listener on a free port, with one route."""

    async def here(_request: web.Request) -> web.Response:
        return web.Response(text="served")

    app = new_application()
    app.router.add_get("/here", here)
    return Listener(app, HOST, free_port())


async def leave_with_calls_waiting(count: int) -> list[bytes]:
    """Connect and call without a turn of the event loop, so that nobody accepts; then close."""
    door = listener()
    async with listening(door):
        callers = [socket.create_connection((HOST, door.port)) for _ in range(count)]
        for caller in callers:
            caller.sendall(CALL)
    return [read_and_close(caller) for caller in callers]


def read_and_close(caller: socket.socket) -> bytes:
    """Return all that was answered; raises `ConnectionResetError`."""
    with caller:
        received = b""
        while chunk := caller.recv(4096):
            received += chunk
        return received


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_calls_that_nobody_has_accepted_are_answered(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """The kernel took their connections, and would reset them with the port."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        answers = runner.run(leave_with_calls_waiting(20))
    assert 20 == sum(b"200 OK" in one and one.endswith(b"served") for one in answers)


async def connect_beside_a_call() -> bool:
    """Stop beside a call under way; return whether it was so when a connection was refused."""
    door, begun, end = listener(), asyncio.Event(), asyncio.Event()

    async def wait(_request: web.Request) -> web.Response:
        begun.set()
        await end.wait()
        return web.Response(text="served")

    door.app.router.add_get("/wait", wait)

    async def is_refused() -> bool:
        try:
            _, late = await asyncio.open_connection(HOST, door.port)
        except ConnectionRefusedError:
            return True
        late.close()
        return False

    async def end_once_refused() -> bool:
        await until_answered(is_refused)
        was_under_way = not end.is_set()
        end.set()
        return was_under_way

    async with listening(door):
        reader, writer = await asyncio.open_connection(HOST, door.port)
        writer.write(CALL.replace(b"/here", b"/wait"))
        await begun.wait()
        looking = asyncio.create_task(end_once_refused())
    answer = await reader.read()
    writer.close()
    return b"served" in answer and await looking


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_nobody_connects_any_more_while_calls_are_ended(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """The kernel would take the connection, and reset it with the port: a gateway's 502."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(connect_beside_a_call())


async def test_calls_that_do_not_end_hold_up_a_stop_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once for all listeners, and not twice for each."""
    monkeypatch.setattr(listen, "_LEAST_S", 0.1)
    begun, never = asyncio.Semaphore(0), asyncio.Event()

    async def wait(_request: web.Request) -> web.Response:
        begun.release()
        await never.wait()
        return web.Response()

    doors = [listener(), listener()]
    for door in doors:
        door.app.router.add_get("/wait", wait)
    now, calls = asyncio.get_running_loop().time, []
    async with listening(*doors, shutdown_s=0.5):
        for door in doors:
            calls.append(await asyncio.open_connection(HOST, door.port))
            calls[-1][1].write(CALL.replace(b"/here", b"/wait"))
            await begun.acquire()
        asked_to_end = now()
    assert 0.5 <= now() - asked_to_end < 1.5
    for reader, writer in calls:
        assert b"" == await reader.read()
        writer.close()


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"^ELEMENTS_PORT: {HOST}:{port} is in use; end who"):
            async with listening(Listener(new_application(), HOST, port, "ELEMENTS_")):
                pass


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("192.0.2.1", "192.0.2.1 is no address of this machine; 0.0.0.0 is each that it has"),
        ("fe80::1%none", "no address is known for fe80::1%none; 127.0.0.1 is this machine alone"),
    ],
)
async def test_a_host_that_is_not_ours_is_told_by_its_own_setting(host: str, told: str) -> None:
    """Another port would not help."""
    with pytest.raises(PortTaken, match=f"^LINK_INTERNAL_HOST: {told}"):
        async with listening(Listener(new_application(), host, free_port(), "LINK_INTERNAL_")):
            pass
