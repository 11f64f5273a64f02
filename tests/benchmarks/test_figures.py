"""Percentiles, ratios, and which rounds were noisy."""

from dataclasses import replace

import pytest
from benchmarks.measuring.figures import Slice, joined, noises, percentile, summarise

QUIET = Slice(
    calls=100,
    elapsed=0.1,
    server_cpu=0.01,
    generator_cpu=0.05,
    foreign=0.02,
    latencies=tuple(number / 1000 for number in range(1, 101)),
)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)]
)
def test_a_percentile_is_the_smallest_value_that_covers_its_share(
    share: float, expected: int
) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_row_is_the_median_of_its_rounds() -> None:
    slices = [replace(QUIET, server_cpu=cpu) for cpu in (0.01, 0.03, 0.02)]
    found = summarise(slices, [50.0, 50.0, 50.0])

    assert found.cpu_us == pytest.approx(200)
    assert found.least_us == pytest.approx(100)
    assert found.per_second == pytest.approx(1_000)
    assert (found.p50_ms, found.p99_ms) == (50.0, 99.0)
    assert found.server_share == pytest.approx(0.2)


def test_each_round_has_its_own_ratio_to_the_bare_handler() -> None:
    """A round on a slower machine has slower calls and a slower bare handler."""
    slices = [replace(QUIET, server_cpu=0.01 * slower) for slower in (1, 2, 4)]

    assert summarise(slices, [50.0, 100.0, 200.0]).ratio == pytest.approx(2.0)


@pytest.mark.parametrize(("busy", "is_bounded"), [(0.084, False), (0.086, True)])
def test_a_saturated_generator_bounds_the_calls_per_second(
    busy: float, *, is_bounded: bool
) -> None:
    found = summarise([replace(QUIET, generator_cpu=busy)], [50.0])

    assert found.is_bounded_by_generator is is_bounded


def test_a_round_is_noisy_where_the_bare_handler_is_off_its_median() -> None:
    found = noises([100.0, 100.0, 111.0, 89.0, 109.0], [0.0] * 5)

    assert [reason is not None for reason in found] == [False, False, True, True, False]
    assert found[2] == "bare handler +11% off its median"


def test_a_round_is_noisy_where_others_use_the_servers_core() -> None:
    assert noises([100.0, 100.0], [0.15, 0.16]) == [None, "others took 16% of the server's core"]


def test_slices_joined_weigh_foreign_use_by_their_time() -> None:
    found = joined([QUIET, replace(QUIET, elapsed=0.3, foreign=0.42, latencies=(0.5,))])

    assert (found.calls, found.server_cpu) == (200, 0.02)
    assert found.elapsed == pytest.approx(0.4)
    assert found.foreign == pytest.approx(0.32)
    assert len(found.latencies) == 101
