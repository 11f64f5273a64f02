"""The work sheet of a language that nobody here can check has every text of today."""

from tests.support.worksheet import SHEET, sheet


def test_the_work_sheet_is_of_today_s_texts() -> None:
    """Else `python -m tests.support.worksheet` renews it."""
    assert sheet(SHEET.read_text("utf-8")) == SHEET.read_text("utf-8")


def test_what_a_translator_filled_in_stays() -> None:
    before = SHEET.read_text("utf-8")
    [line] = [line for line in before.splitlines() if line.startswith("| `GO_ON` |")]
    filled = before.replace(line, line.removesuffix(" |") + " Toa so |")
    assert sheet(filled) == filled
    assert sheet(filled.replace("Go on without Link", "Another sentence")) == filled
