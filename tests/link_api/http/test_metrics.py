"""`GET /metrics` of the Link API: SQL by kind and outcome, requests by route."""

from collections.abc import Awaitable, Callable

from tests.support.clients.link_client import (
    PREFIX,
    Asking,
    granted,
    new_address,
    new_key,
    new_phone,
    refusal,
    wrong,
)
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


async def test_codes_are_counted_by_outcome_and_country(running: RunningApi) -> None:
    link, phone = running.link, new_phone()
    code = await link.code_for(phone)
    await refusal(await link.request_otp(phone))
    await refusal(await link.verify_otp(wrong(code), phone))
    await granted(await link.verify_otp(code, phone))
    await refusal(await link.verify_otp(code, phone, Asking(key=new_key())))
    await refusal(await link.request_otp("+12025550142"))
    await link.code_for("counted@example.com", contact_type="email")

    for outcome, country in (
        *(("sent", "GH"), ("limited", "GH"), ("wrong", "GH"), ("verified", "GH")),
        *(("expired", "GH"), ("refused", "other"), ("sent", "email")),
    ):
        name = f'link_otp_total{{outcome="{outcome}",country="{country}"}}'
        assert await figure(running.http, name) == 1, name
    assert await figure(running.http, 'link_limited_total{limit="otp_wait"}') == 1


async def test_refreshes_of_logins_are_counted_by_outcome(running: RunningApi) -> None:
    login = await running.link.log_in(new_phone(), Asking(address=new_address()))
    key = new_key()
    for _ in range(2):
        await granted(await running.link.refresh(login["refresh_token"], key))

    for outcome in ("rotated", "replayed"):
        assert await figure(running.http, f'link_refreshes_total{{outcome="{outcome}"}}') == 1
