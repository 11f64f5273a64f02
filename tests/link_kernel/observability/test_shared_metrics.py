"""Metrics of several processes, in files: one for which the disk has no room fails no call."""

import logging
from collections.abc import Iterator
from pathlib import Path

import prometheus_client.values
import pytest
from prometheus_client.values import close_all_multiprocess_files

from link_kernel.observability.metrics import Metrics, share_between_processes
from tests.support.full_disk import no_room_above

FIRST_SIZE = 1 << 16


@pytest.fixture(autouse=True)
def sharing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of metrics of this process, which is at place 0."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    for name in ("ValueClass", "MmapedDict"):
        monkeypatch.setattr(prometheus_client.values, name, getattr(prometheus_client.values, name))
    share_between_processes(tmp_path, 0)
    yield tmp_path
    close_all_multiprocess_files()  # type: ignore[no-untyped-call]  # untyped in the library


def count_many(metrics: Metrics, name: str) -> None:
    """Count what needs more room than files have at first."""
    for number in range(1000):
        metrics.refusals.labels(f"{name}_{number}").inc()


def test_files_take_their_room_before_they_are_written(sharing: Path) -> None:
    """A page without room would end the process by SIGBUS."""
    count_many(Metrics(), "CODE")
    stats = {path.name: path.stat() for path in sharing.iterdir()}
    assert {"counter_0.db", "gauge_livemax_0.db", "histogram_0.db"} == stats.keys()
    assert all(stat.st_blocks * 512 >= stat.st_size for stat in stats.values())
    assert stats["counter_0.db"].st_size > FIRST_SIZE


def test_without_room_for_files_a_count_waits_and_is_written_later(
    sharing: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with no_room_above(0):
        metrics = Metrics()
        metrics.refusals.labels("CODE").inc()
        assert b"link_refusals_total{" not in metrics.text()
    assert [] == [*sharing.iterdir()]
    metrics.refusals.labels("CODE").inc()
    assert b'link_refusals_total{code="CODE"} 2.0' in metrics.text()

    [line] = [record for record in caplog.records if record.msg == "metrics_without_room"]
    assert line.levelno == logging.WARNING
    assert vars(line)["detail"] == f"File too large: {sharing} (TMPDIR)"


def test_without_room_for_a_file_to_grow_what_it_has_counts_on(sharing: Path) -> None:
    metrics = Metrics()
    metrics.refusals.labels("FIRST").inc()
    with no_room_above(FIRST_SIZE):
        count_many(metrics, "CODE")
        metrics.refusals.labels("FIRST").inc()
        text = metrics.text()
    assert b'link_refusals_total{code="FIRST"} 2.0' in text
    assert b'link_refusals_total{code="CODE_0"} 1.0' in text
    assert b'link_refusals_total{code="CODE_999"}' not in text
    assert (sharing / "counter_0.db").stat().st_size == FIRST_SIZE

    metrics.refusals.labels("CODE_999").inc()
    assert b'link_refusals_total{code="CODE_999"} 2.0' in metrics.text()


def test_a_process_in_the_place_of_another_counts_on(sharing: Path) -> None:
    count_many(Metrics(), "CODE")
    share_between_processes(sharing, 0)
    count_many(Metrics(), "CODE")
    assert b'link_refusals_total{code="CODE_999"} 2.0' in Metrics().text()
