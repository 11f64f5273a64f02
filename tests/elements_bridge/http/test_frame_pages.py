"""The frame document's headers, and the browser code beside it."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.entries import EntryError, OriginEntry
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.http.static_files import static_root
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import (
    BUSINESS,
    LINK,
    SHOP,
    BridgeClient,
    Verifier,
    configure,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "origins.json").read_text("utf-8"))
DOCUMENT = (static_root() / "frame/frame.html").read_text()
SCRIPT_HASH, STYLE_HASH = (
    base64.b64encode(hashlib.sha256(re.findall(inline, DOCUMENT)[0].encode()).digest()).decode()
    for inline in (r"<script>((?:.|\n)*?)</script>", r"<style[^>]*>([^<]*)</style>")
)
REPORTS = "/v1/link/elements/reports"
CSP = (
    f"default-src 'none';script-src 'self' 'sha256-{SCRIPT_HASH}';"
    f"style-src 'sha256-{STYLE_HASH}';connect-src 'self';"
    "base-uri 'none';form-action 'none';require-trusted-types-for 'script';"
    f"trusted-types 'none';report-uri {REPORTS};report-to link,report-uri {REPORTS}"
)
ANCESTORS = ";frame-ancestors "


@pytest.mark.parametrize("element", ["auth", "address", "payment"])
async def test_the_document_may_stand_in_its_listed_parent_alone(
    bridge: BridgeClient, element: str
) -> None:
    params = {"business_id": BUSINESS, "parent_origin": SHOP, "v": "1"}
    response = await bridge.http.get(
        f"/elements/{element}", params=params, headers={"Sec-Fetch-Dest": "iframe"}
    )
    assert response.status == 200
    assert response.content_type == "text/html"
    headers = response.headers
    assert headers["Content-Security-Policy"] == CSP + ANCESTORS + SHOP
    assert headers["Reporting-Endpoints"] == f'link="{REPORTS}"'
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize(
    "parent",
    ["https://evil.example", "null", "", "https://shop.example/", "https://a.example; x 'self'"],
)
async def test_any_other_parent_is_none(bridge: BridgeClient, parent: str) -> None:
    """The address for reports says which page that was, where it has an origin."""
    params = {"business_id": BUSINESS, "parent_origin": parent}
    response = await bridge.http.get("/elements/auth", params=params)
    has_origin = parent == "https://evil.example"
    said = f"?business_id={BUSINESS}&parent_origin={parent}" if has_origin else ""
    assert response.headers["Content-Security-Policy"] == f"{CSP}{said}{ANCESTORS}'none'"


async def test_attack_52_nothing_of_the_url_is_reflected(bridge: BridgeClient) -> None:
    markup = "<script>alert(1)</script>"
    for params in (
        {"business_id": markup, "parent_origin": SHOP},
        {"business_id": BUSINESS, "parent_origin": markup},
    ):
        response = await bridge.http.get("/elements/auth", params=params)
        assert "alert(1)" not in await response.text()
        assert "alert(1)" not in str(response.headers)


async def test_an_unknown_business_is_404_and_frames_nowhere(bridge: BridgeClient) -> None:
    params = {"business_id": new_id("bus"), "parent_origin": SHOP}
    response = await bridge.http.get("/elements/auth", params=params)
    assert response.status == 404
    assert response.headers["Content-Security-Policy"] == CSP + ANCESTORS + "'none'"


async def test_any_page_may_ask_whether_the_service_answers_for_documents(
    bridge: BridgeClient,
) -> None:
    """Nothing else is told: an unknown business and a foreign page get the same."""
    for business, parent in ((BUSINESS, SHOP), (new_id("bus"), "https://evil.example")):
        params = {"business_id": business, "parent_origin": parent, "v": "1"}
        response = await bridge.http.head(
            "/elements/auth", params=params, headers={"Origin": parent}
        )
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cache-Control"] == "no-store"
    assert (await bridge.http.head("/elements/none")).status == 404


@pytest.mark.parametrize("destination", ["document", "empty", "object", "embed"])
async def test_attack_3_outside_an_iframe_it_says_so_and_runs_nothing(
    bridge: BridgeClient, destination: str
) -> None:
    params = {"business_id": BUSINESS, "parent_origin": SHOP}
    response = await bridge.http.get(
        "/elements/auth", params=params, headers={"Sec-Fetch-Dest": destination}
    )
    text = await response.text()
    assert response.status == 403
    assert "checkout" in text
    assert "script" not in text
    assert response.headers["Content-Security-Policy"] == CSP + ANCESTORS + "'none'"


async def test_the_sdk_is_for_any_page_and_costs_nothing_when_known(bridge: BridgeClient) -> None:
    response = await bridge.http.get("/elements/sdk/v1.js")
    assert response.status == 200
    assert response.content_type == "text/javascript"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

    known = {"If-None-Match": response.headers["ETag"]}
    assert (await bridge.http.get("/elements/sdk/v1.js", headers=known)).status == 304


async def test_the_document_names_one_file_which_is_kept_for_good(bridge: BridgeClient) -> None:
    params = {"business_id": BUSINESS, "parent_origin": SHOP}
    document = await (await bridge.http.get("/elements/auth", params=params)).text()
    [own_origin, script] = re.findall(r'(?:src|href)="([^"]+)"', document)
    assert own_origin == "/"
    code = await (await bridge.http.get(script)).text()
    later = re.findall(r'import\("([^"]+)"\)', code)

    assert 6 == len(later)
    for address in (script, *later):
        response = await bridge.http.get(address)
        assert response.status == 200
        assert response.content_type == "text/javascript"
        assert response.headers["Cache-Control"] == "max-age=31536000, immutable"
        digest = hashlib.sha256(await response.read()).hexdigest()
        assert re.fullmatch(rf"/elements/r/{digest[:16]}/frame/\w+\.js", address)


async def test_a_hash_of_another_release_gets_this_releases_file_revalidated_at_each_load(
    bridge: BridgeClient,
) -> None:
    """Two releases stand behind one gateway for as long as a rollout takes."""
    later = ("account.js", "lists.js", "beside.js", "countries.js", "kept.js", "fr.js")
    for name in ("frame.js", *later):
        response = await bridge.http.get(f"/elements/r/0123456789abcdef/frame/{name}")
        assert response.status == 200
        assert await response.read() == (static_root() / "frame" / name).read_bytes()
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["frame.html", "controller.js", "frame.js.br", "frame.css"])
async def test_nothing_else_is_served_beside_them(bridge: BridgeClient, name: str) -> None:
    assert (await bridge.http.get(f"/elements/r/0123456789abcdef/frame/{name}")).status == 404
    assert (await bridge.http.get(f"/elements/sdk/{name}")).status == 404


async def test_the_sdk_is_asked_for_every_five_minutes_and_waited_for_once(
    bridge: BridgeClient,
) -> None:
    response = await bridge.http.get("/elements/sdk/v1.js")
    caching = "max-age=300, stale-while-revalidate=86400"
    assert response.headers["Cache-Control"] == caching


def _listable(row: dict[str, object]) -> bool:
    try:
        OriginEntry.parse(str(row["entry"]), mode=row["mode"])  # type: ignore[arg-type]  # JSON
    except EntryError:
        return False
    return row["mode"] == "live"


@pytest.mark.parametrize("row", [row for row in VECTORS["matches"] if _listable(row)])
async def test_attack_25_document_and_bootstrap_agree_on_every_vector(
    bridge: BridgeClient, redis: Redis, row: dict[str, str]
) -> None:
    business_id = new_id("bus")
    entry = OriginEntry.parse(row["entry"], mode="live").text
    await configure(RedisBusinesses(redis), entry, business_id=business_id)

    document = await bridge.http.get(
        "/elements/auth", params={"business_id": business_id, "parent_origin": row["origin"]}
    )
    bootstrap = await bridge.post(
        f"bootstrap?business_id={business_id}",
        {"element": "auth", "code_challenge": Verifier.new().challenge},
        origin=row["origin"],
    )

    listed = document.headers["Content-Security-Policy"] == CSP + ANCESTORS + row["origin"]
    assert listed is bool(row["admits"])
    assert (bootstrap.status == 200) is bool(row["admits"])
    assert row["origin"] != LINK
