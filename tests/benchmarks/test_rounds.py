"""Which rounds count, and what the report says of them."""

from dataclasses import replace

from benchmarks.measuring.rounds import BARE, Round, Rounds
from benchmarks.measuring.table import lines_of, markdown_table, rounds_said, text_table

from tests.benchmarks.test_figures import QUIET

ROW = "POST refresh"


def rounds_with(*bare_us: float, foreign: float = 0.0) -> Rounds:
    """Return rounds in which a call cost ten times the bare handler."""
    rounds = Rounds()
    for bare in bare_us:
        unit = replace(QUIET, server_cpu=bare / 10_000, foreign=foreign)
        slices = {BARE: unit, ROW: replace(unit, server_cpu=bare / 1_000)}
        rounds.add(Round(slices, {BARE: bare, ROW: bare}))
    return rounds


def test_noisy_rounds_do_not_count() -> None:
    rounds = rounds_with(40, 41, 80, 39)

    assert [one.bare_us[ROW] for one in rounds.counted] == [40, 41, 39]
    assert rounds_said(rounds) == [
        "4 rounds, 3 quiet; the 3 that count are the quiet ones.",
        "Round 3: noisy, bare handler +98% off its median.",
    ]


def test_a_round_may_turn_out_noisy_when_later_ones_were_measured() -> None:
    assert rounds_with(80).quiet == 1
    assert rounds_with(80, 40, 40, 40).quiet == 3


def test_all_rounds_count_where_too_few_were_quiet() -> None:
    rounds = rounds_with(40, 40, foreign=0.5)

    assert len(rounds.counted) == 2
    assert rounds_said(rounds)[0] == "2 rounds, 0 quiet; the 2 that count are all, noisy ones too."


def test_rows_are_summarised_over_the_rounds_that_count() -> None:
    found = rounds_with(40, 41, 80, 39).summaries()

    assert round(found[ROW].cpu_us) == 400
    assert round(found[ROW].ratio, 3) == 10
    assert round(found[BARE].ratio, 3) == 1


def test_a_table_says_each_row_and_marks_what_the_generator_bounded() -> None:
    rounds = rounds_with(40)
    busy = {name: replace(one, generator_share=0.9) for name, one in rounds.summaries().items()}
    lines = lines_of(busy)

    assert lines[1][:5] == (ROW, "400.0", "400.0", "10.00", "1,000*")


def test_markdown_has_a_rule_below_its_columns() -> None:
    assert markdown_table([("refresh", "1")], ("row", "figure")) == (
        "| row | figure |\n| --- | ---: |\n| refresh | 1 |"
    )


def test_columns_of_text_are_as_wide_as_their_cells() -> None:
    assert text_table([("a long row", "1")], ("row", "figure")) == (
        "row         figure\na long row       1"
    )
