"""A day with lost answers, sleeps and a failover logs nobody out, and leaves nothing behind."""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from elements_bridge.keyring import KeyringFile
from tests.soak.day import Day, opened_day
from tests.soak.figures import cpu_of_a_call, grown_mib, has_slowed, lines_of
from tests.soak.lives import Way, lives
from tests.soak.watch import kinds_without_end

# A worker's connections to the primary, its clients' and the proxies', to Sentinels, and the rest.
_MOST_FILES: Final = 64 + 2 * 24 + 40
_MOST_CONNECTIONS: Final = 64 + 16 + 20
# After the sale come some 13,000 calls: a leak of 250 bytes in each would be more.
_MOST_GROWN_MIB: Final = 3.0
_MOST_CPU_GROWTH: Final = 1.5

pytestmark = pytest.mark.usefixtures("production_time_outs")


async def play(folder: Path, keyring: KeyringFile, *, sessions: int, steps: int) -> Day:
    """Play a day, and check what holds for each; print the figures."""
    async with opened_day(folder, keyring) as day:
        await day.play(list(lives(sessions, steps)), steps)
        endless = await kinds_without_end(day.redis)
    print("\n", *lines_of(day), sep="\n")  # noqa: T201  # what a run is made for
    assert [] == day.logouts
    assert [] == day.bridge.errors()
    assert "" == "\n".join(day.faults())
    ways = Counter(one.plan.way for one in day.sessions if one.frame.refused or one.plan.refreshes)
    assert (ways[Way.ROBBED], ways[Way.LEFT]) == (day.thefts_caught, day.left)
    assert [] == day.watch.unexpected
    assert {"business": 1} == endless
    assert max(one.open_files for one in day.watch.samples) <= _MOST_FILES
    assert max(one.redis_clients for one in day.watch.samples) <= _MOST_CONNECTIONS
    for found, expected in day.watch.bytes_expected:
        assert found == pytest.approx(expected, rel=0.1, abs=20_000)
    return day


async def test_a_short_day_logs_nobody_out(tmp_path: Path, keyring: KeyringFile) -> None:
    await play(tmp_path, keyring, sessions=200, steps=48)


@pytest.mark.soak
@pytest.mark.timeout(480)
async def test_a_day_of_ten_thousand_sessions_is_as_steady_as_it_began(
    tmp_path: Path, keyring: KeyringFile
) -> None:
    """More than a day, from an empty store, with six thousand sessions within an hour."""
    day = await play(tmp_path, keyring, sessions=10_000, steps=390)

    assert not has_slowed(day)
    cpu_early, cpu_late = cpu_of_a_call(day)
    assert cpu_late <= _MOST_CPU_GROWTH * cpu_early
    assert grown_mib(day) <= _MOST_GROWN_MIB
