"""What the report says of the peers, and of how it was measured."""

from dataclasses import replace

from benchmarks.measuring.figures import summarise
from benchmarks.report import against_peers
from benchmarks.rows.bridge import OURS
from benchmarks.rows.peers import PEERS

from tests.benchmarks.test_figures import QUIET


def test_a_peer_that_uses_twice_our_time_is_half_as_fast() -> None:
    ours = summarise([QUIET], [50.0])
    theirs = replace(ours, cpu_us=ours.cpu_us * 2)

    assert against_peers({OURS: ours, PEERS[0].row: theirs}) == [f"2.00 × {PEERS[0].name}"]


def test_each_peer_has_a_row_of_its_own() -> None:
    assert len({peer.row for peer in PEERS}) == len({peer.folder for peer in PEERS}) == len(PEERS)
