"""The sessions that are written in bulk are those of a bridge, and growth is told from noise."""

from benchmarks.growth.__main__ import table_of
from benchmarks.growth.measures import Figure
from benchmarks.growth.writing import record, write

from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.clock import SystemClock
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import elements_session
from tests.support.clients.bridge_client import running_bridge, settings_for


async def test_a_session_written_in_bulk_is_one_of_the_bridge(keyring: KeyringFile) -> None:
    """Its refresh token would be taken: only the id is another, and its times."""
    async with EmbeddedRedis() as server, connect(server.url) as redis:
        settings = settings_for(server.url, keyring)
        async with running_bridge(settings, SystemClock()) as bridge:
            made: list[str] = []

            async def guest() -> list[str]:
                made.append((await bridge.init())["session"]["id"])
                return made

            recording = await record(server.port, guest)
        await write(server.port, recording, range(3))

        copies = [f"els_{number:022d}" for number in range(3)]
        first, *others = [
            await redis.hgetall(elements_session(each, each)) for each in (*made, *copies)
        ]
        assert [one["id"] for one in others] == copies
        for other in others:
            assert other.keys() == first.keys()
            differing = {str(name) for name in first if first[name] != other[name]}
            assert {name for name in differing if not name.endswith("_at")} == {"id"}


def test_what_grows_is_marked_and_what_may_grow_is_not() -> None:
    few = [Figure("calls", 10.0), Figure("scans", 1.0, may_grow="it goes through all keys")]
    many = [Figure("calls", 13.1), Figure("scans", 9.0, may_grow="it goes through all keys")]

    assert table_of((1_000, 2_000), (few, many)).splitlines()[2:] == [
        "| calls | 10.0 | **13.1** |",
        "| scans | 1.0 | 9.0 |",
    ]
    assert not Figure("calls", 13.0).has_grown(few[0])
    seconds = Figure("start", 1.0, by_time=True)
    assert not Figure("start", 2.0, by_time=True).has_grown(seconds)
    assert Figure("start", 2.6, by_time=True).has_grown(seconds)
    assert Figure("bytes", 701, most=700).has_grown(Figure("bytes", 700, most=700))
