"""The floor that handshakes are compared with, and how they are compared."""

import pytest
from benchmarks.floor import serving_floor
from benchmarks.handshake import Compared, Times

from tests.support.browser.servers import open_http


def taking(total: float) -> Times:
    """Return a handshake that took so many milliseconds."""
    return {"ready": 0.0, "bootstrap": 0.0, "init": 0.0, "total": total}


def test_the_ratio_is_the_median_of_pairs_and_not_the_ratio_of_medians() -> None:
    found = Compared(
        ours=[taking(30.0), taking(400.0), taking(90.0)],
        floor=[taking(20.0), taking(100.0), taking(90.0)],
    )

    assert found.ratio() == pytest.approx(1.5)


async def test_the_floor_serves_what_a_handshake_loads_and_calls() -> None:
    async with serving_floor() as shop, open_http() as http:
        link = shop.replace("shop.", "link.")
        page = await (await http.get(f"{shop}/embed")).text()
        frame = await (await http.get(f"{link}/document")).text()

        assert f"'{link}/sdk.js'" in page
        assert "src=/frame.js" in frame
        for path in ("/sdk.js", "/frame.js"):
            assert "immutable" in (await http.get(link + path)).headers["Cache-Control"]
        for path in ("/bootstrap", "/init"):
            assert "token" in await (await http.post(link + path, data="{}")).json()
