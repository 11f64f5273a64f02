"""`GET /metrics` of the Link API: SQL by kind and outcome, requests by route."""

from collections.abc import Awaitable, Callable

from tests.support.clients.link_client import PREFIX, refusal
from tests.support.clients.running_api import RunningApi
from tests.support.figures import figure

ADDRESS = {
    "label": "Home",
    "street_address": "1 High Street",
    "city": "Accra",
    "region": "Greater Accra",
    "country": "GH",
}


async def test_requests_are_timed_by_the_pattern_of_their_route(running: RunningApi) -> None:
    ama = await running.link.sign_in()
    for address in ("addr_0123456789abcdef", "addr_fedcba9876543210"):
        await refusal(await ama.call("DELETE", f"addresses/{address}"))

    labels = f'route="{PREFIX}/addresses/{{id}}",method="DELETE",outcome="refused"'
    assert await figure(running.http, f"link_request_seconds_count{{{labels}}}") == 2


async def test_sql_is_timed_by_kind_and_outcome(
    running: RunningApi, break_database: Callable[[], Awaitable[None]]
) -> None:
    async def counted(kind: str, outcome: str) -> float:
        labels = f'kind="{kind}",outcome="{outcome}"'
        return await figure(running.http, f"link_sql_seconds_count{{{labels}}}")

    ama = await running.link.sign_in()
    reads, writes = await counted("read", "ok"), await counted("transaction", "ok")
    await ama.get("addresses")
    await ama.post("addresses", ADDRESS)
    assert await counted("read", "ok") > reads
    assert await counted("transaction", "ok") > writes

    await break_database()
    assert (await ama.call("GET", "data")).status == 503
    assert await counted("read", "error") > 0
