"""The built files as they are sent: compressed, each form under an `ETag` of its own."""

import gzip
import shutil
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from elements_bridge.http import static_files
from elements_bridge.http.sdk_releases import load_sdk_releases
from elements_bridge.http.static_files import BrowserCode, BrowserCodeMissing, static_root
from tests.support.clients.bridge_client import BUSINESS, SHOP, BridgeClient

SDK = "/elements/sdk/v1.js"
FRAME = "/elements/r/0123456789abcdef/frame/frame.js"
DOCUMENT = f"/elements/auth?business_id={BUSINESS}&parent_origin={SHOP}&v=1"
FILES = {
    SDK: "sdk/v1.js",
    load_sdk_releases(static_root())[0].entry: "sdk/v1.js",
    FRAME: "frame/frame.js",
    FRAME.replace("frame.js", "account.js"): "frame/account.js",
    FRAME.replace("frame.js", "lists.js"): "frame/lists.js",
    FRAME.replace("frame.js", "beside.js"): "frame/beside.js",
    FRAME.replace("frame.js", "countries.js"): "frame/countries.js",
    FRAME.replace("frame.js", "appearance.js"): "frame/appearance.js",
    FRAME.replace("frame.js", "kept.js"): "frame/kept.js",
    FRAME.replace("frame.js", "fr.js"): "frame/fr.js",
    DOCUMENT: "frame/frame.html",
}
SUFFIXES = {"br": ".br", "gzip": ".gz", "identity": ""}


async def sent(bridge: BridgeClient, path: str, accepted: str, known: str = "") -> ClientResponse:
    """Ask for a file with these headers, and leave its body as it was sent."""
    headers = {"Accept-Encoding": accepted, **({"If-None-Match": known} if known else {})}
    response = await bridge.http.get(path, headers=headers, auto_decompress=False)
    await response.read()
    return response


@pytest.mark.parametrize("path", FILES)
async def test_each_coding_is_what_the_build_made_of_the_file(
    bridge: BridgeClient, path: str
) -> None:
    plain = (static_root() / FILES[path]).read_bytes()
    for coding, suffix in SUFFIXES.items():
        response = await sent(bridge, path, coding)
        assert 200 == response.status
        stated = response.headers.get("Content-Encoding", "identity")
        varies = None if path == DOCUMENT else "Accept-Encoding"  # no cache stores the document
        assert (coding, varies) == (stated, response.headers.get("Vary"))
        body = await response.read()
        last = b"\x03" if (path, coding) == (DOCUMENT, "br") else b""  # the build leaves it open
        assert body == (static_root() / f"{FILES[path]}{suffix}").read_bytes() + last
        if coding == "gzip":
            assert plain == gzip.decompress(body)


@pytest.mark.parametrize("path", [path for path in FILES if path != DOCUMENT])
async def test_a_known_form_costs_no_body_and_another_form_is_not_known(
    bridge: BridgeClient, path: str
) -> None:
    etags = {coding: (await sent(bridge, path, coding)).headers["ETag"] for coding in SUFFIXES}
    assert len(SUFFIXES) == len(set(etags.values()))
    for coding, own in etags.items():
        first = await sent(bridge, path, coding)
        for etag in etags.values():
            again = await sent(bridge, path, coding, known=f"W/{etag}")
            assert (304 if etag == own else 200) == again.status
            for name in ("ETag", "Vary", "Cache-Control"):
                assert first.headers[name] == again.headers[name]
        assert 304 == (await sent(bridge, path, coding, known="*")).status


async def test_the_document_is_compressed_and_stored_nowhere(bridge: BridgeClient) -> None:
    response = await sent(bridge, DOCUMENT, "br", known="*")
    assert (200, "br") == (response.status, response.headers["Content-Encoding"])
    assert "no-store" == response.headers["Cache-Control"]
    assert "ETag" not in response.headers


@pytest.mark.parametrize("junk", [";q=;", "br;q=9" * 400, "é", '"gzip"', "gzip;q=0.5;q=1"])
async def test_junk_gets_the_plain_file(bridge: BridgeClient, junk: str) -> None:
    response = await sent(bridge, SDK, junk)
    assert 200 == response.status
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("extra", ["<script>evil()</script>", "<style id=x>p{}</style>"])
def test_a_document_with_more_than_its_policy_names_is_not_served(
    tmp_path: Path, extra: str
) -> None:
    shutil.copytree(static_root(), tmp_path / "built")
    document = tmp_path / "built" / "frame" / "frame.html"
    BrowserCode.load(tmp_path / "built")
    document.write_text(document.read_text("utf-8") + extra, "utf-8")
    with pytest.raises(ValueError, match="one script and one style"):
        BrowserCode.load(tmp_path / "built")


def test_a_checkout_that_was_not_built_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(static_files, "_PACKAGE", tmp_path / "src" / "elements_bridge")
    with pytest.raises(BrowserCodeMissing, match="make browser-code"):
        static_root()
    built = tmp_path / "build" / "browser" / "frame"
    built.mkdir(parents=True)
    (built / "frame.html").touch()
    assert built.parent == static_root()
