"""Fault injection: the server processes the call, and the client sees a fault."""

import asyncio

import pytest
from aiohttp import ServerDisconnectedError

from tests.link_dev.visitor import API, Visitor
from tests.support.clients.bridge_client import granted, new_key, refusal

_REFRESH = f"{API}/refresh"
_DEADLINE_S = 15


async def test_a_lost_answer_was_processed(visitor: Visitor) -> None:
    """So the same key repeats the outcome, which the trace shows as `replayed`."""
    grant, key = await visitor.handshake(), new_key()
    visitor.stack.faults.add(_REFRESH, "lose")
    with pytest.raises((ServerDisconnectedError, ConnectionResetError)):
        await visitor.call(
            "link",
            _REFRESH,
            {"refresh_token": grant["refresh_token"]},
            headers={"Origin": visitor.stack.origin("link"), "Idempotency-Key": key},
        )
    response = await visitor.refresh(grant, key=key)
    assert response.headers["X-Refresh-Outcome"] == "replayed"
    seen = [
        (entry["fault"], entry["outcome"])
        for entry in visitor.stack.trace.entries
        if entry["path"] == _REFRESH
    ]
    assert seen == [("lose", "rotated"), (None, "replayed")]


async def test_unavailable_is_the_contracts_503_and_nothing_is_done(visitor: Visitor) -> None:
    """A frame retries it and stays signed in."""
    grant = await visitor.handshake()
    visitor.stack.faults.add(_REFRESH, "unavailable", times=2)
    for _ in range(2):
        response = await visitor.refresh(grant)
        assert await refusal(response) == (503, "STORE_UNAVAILABLE")
        assert response.headers["Retry-After"]
        assert response.headers["Access-Control-Allow-Origin"] == visitor.stack.origin("link")
    assert (await visitor.refresh(grant)).headers["X-Refresh-Outcome"] == "rotated"


async def test_a_delayed_answer_is_the_right_one(visitor: Visitor) -> None:
    """The answer is unchanged, only later."""
    grant = await visitor.handshake()
    visitor.stack.faults.add(_REFRESH, "delay", delay_ms=1)
    await granted(await visitor.refresh(grant))
    assert visitor.stack.trace.entries[-1]["fault"] == "delay"
    assert visitor.stack.trace.entries[-1]["ms"] >= 1


async def test_answers_are_held_until_all_calls_have_come(visitor: Visitor) -> None:
    """So two calls are under way at once, however slow the machine is."""
    grants = [await visitor.handshake(), await visitor.handshake()]
    visitor.stack.faults.add(_REFRESH, "together", times=2)
    first = asyncio.ensure_future(visitor.refresh(grants[0]))
    await _seen_by(visitor, left=1)
    assert not first.done()
    assert (await visitor.refresh(grants[1])).headers["X-Refresh-Outcome"] == "rotated"
    assert (await first).headers["X-Refresh-Outcome"] == "rotated"


async def test_a_held_answer_goes_out_when_faults_are_cleared(visitor: Visitor) -> None:
    """A scenario that is given up leaves nobody waiting."""
    grant = await visitor.handshake()
    visitor.stack.faults.add(_REFRESH, "together", times=2)
    first = asyncio.ensure_future(visitor.refresh(grant))
    await _seen_by(visitor, left=1)
    visitor.stack.faults.clear()
    assert (await first).headers["X-Refresh-Outcome"] == "rotated"


async def test_offline_loses_every_call_from_the_first_one_of_a_path_on(visitor: Visitor) -> None:
    """Nothing is processed, whatever its path, until the network is back."""
    grant = await visitor.handshake()
    visitor.stack.faults.add(_REFRESH, "offline")
    await visitor.handshake()  # it has not begun
    for _ in range(3):
        with pytest.raises((ServerDisconnectedError, ConnectionResetError)):
            await visitor.refresh(grant)
    with pytest.raises((ServerDisconnectedError, ConnectionResetError)):
        await visitor.handshake()
    seen = visitor.stack.trace.entries[-1]
    assert (seen["fault"], seen["status"], seen["outcome"]) == ("offline", 0, None)

    visitor.stack.faults.clear()
    assert (await visitor.refresh(grant)).headers["X-Refresh-Outcome"] == "rotated"


async def test_a_business_is_offline_alone(visitor: Visitor) -> None:
    """Other pages of the stack have their network."""
    order = {"path": _REFRESH, "kind": "offline", "business_id": f"bus_{'e' * 24}"}
    assert (await visitor.call("shop", "/dev/faults", order)).status == 200
    for _ in range(2):
        await granted(await visitor.refresh(await visitor.handshake()))


async def _seen_by(visitor: Visitor, *, left: int) -> None:
    """Wait until the pending fault has met all calls but so many."""
    async with asyncio.timeout(_DEADLINE_S):
        while [fault.times for fault in visitor.stack.faults.due] != [left]:
            await visitor.call("shop", "/dev/faults")


async def test_other_paths_and_preflights_do_not_suffer(visitor: Visitor) -> None:
    """A fault waits for the call it was ordered for."""
    visitor.stack.faults.add(_REFRESH, "unavailable")
    await visitor.handshake()
    preflight = await visitor.call(
        "link",
        _REFRESH,
        method="OPTIONS",
        headers={
            "Origin": visitor.stack.origin("link"),
            "Access-Control-Request-Method": "POST",
        },
    )
    assert preflight.status == 200
    assert [fault.path for fault in visitor.stack.faults.due] == [_REFRESH]


async def test_the_harness_orders_shows_and_cancels_faults(visitor: Visitor) -> None:
    """`POST`, `GET` and `DELETE /dev/faults`."""
    ordered = {"path": _REFRESH, "kind": "lose", "times": 2, "delay_ms": 0}
    assert await (await visitor.call("shop", "/dev/faults", ordered)).json() == [ordered]
    assert await (await visitor.call("shop", "/dev/faults")).json() == [ordered]
    cancelled = await visitor.call("shop", "/dev/faults", method="DELETE")
    assert await cancelled.json() == []
    assert visitor.stack.faults.due == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"path": "refresh", "kind": "lose"},
        {"path": _REFRESH, "kind": "explode"},
        {"path": _REFRESH, "kind": "lose", "times": 0},
        {"path": _REFRESH, "kind": "delay", "delay_ms": 60_000},
        {"path": _REFRESH, "kind": "lose", "more": 1},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(visitor: Visitor, body: object) -> None:
    """The error names the faulty fields."""
    response = await visitor.call("shop", "/dev/faults", body)
    assert await refusal(response) == (400, "VALIDATION_ERROR")


async def test_a_fault_of_a_business_meets_its_calls_alone(visitor: Visitor) -> None:
    """And only its owner, or who names nobody, removes it."""
    faults, path = visitor.stack.faults, f"{API}/bootstrap"
    order = {"path": path, "kind": "unavailable", "business_id": "bus_other"}
    assert (await visitor.call("shop", "/dev/faults", order)).status == 200
    await visitor.handshake()
    faults.clear("bus_demo")
    assert [1] == [fault.times for fault in faults.due]

    url = f"http://127.0.0.1:{visitor.stack.ports.public}/dev/faults?business_id=bus_other"
    named = {"Host": f"shop.localhost:{visitor.stack.ports.public}"}
    async with visitor.http.delete(url, headers=named) as response:
        assert response.status == 200
    assert [] == faults.due
