"""How long a header may be that the Link API reads."""

from tests.support.clients.link_client import LinkClient


async def test_cookies_of_a_whole_domain_are_read_up_to_16_kb(link: LinkClient) -> None:
    """Gateways pass on no more; beyond it the refusal says how long a field may be."""
    read = await link.http.get("/v1/link/data", headers={"Cookie": "a" * 16_000})
    assert read.status == 401

    refused = await link.http.get("/v1/link/data", headers={"Cookie": "a" * 17_000})
    error = (await refused.json())["error"]
    assert (refused.status, error["code"]) == (431, "HEADERS_TOO_LARGE")
    assert error["details"] == {"most_bytes": 16_384, "most_fields": 128}
