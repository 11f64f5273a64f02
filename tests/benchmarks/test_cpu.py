"""What the system says about CPU time, read."""

import pytest
from benchmarks.measuring.cpu import foreign_share, parse_busy_ticks, parse_ps_time

STAT = """cpu  50 0 50 500 10 0 0 0 0 0
cpu0 10 2 20 300 5 1 2 3 99 0
cpu1 40 0 30 200 5 0 0 0 0 0
intr 123
"""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:00.07", 0.07), ("12:03.50", 723.5), ("01:02:03", 3723), ("2-01:00:00", 176_400)],
)
def test_times_of_ps_are_read(text: str, seconds: float) -> None:
    assert parse_ps_time(text) == seconds


def test_another_text_is_no_time() -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_ps_time("TIME")


def test_a_core_is_busy_where_it_is_neither_idle_nor_waiting() -> None:
    """Guests' time, the last fields, is in `user` already."""
    assert parse_busy_ticks(STAT, 0) == 10 + 2 + 20 + 1 + 2 + 3


def test_a_core_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no core 7"):
        parse_busy_ticks(STAT, 7)


@pytest.mark.parametrize(
    ("busy", "share"), [((1.0, 2.0), 0.25), ((1.0, 1.5), 0.0), ((None, None), 0.0)]
)
def test_others_have_used_what_the_server_has_not(
    busy: tuple[float | None, float | None], share: float
) -> None:
    assert foreign_share(busy, own=0.75, elapsed=1.0) == share
