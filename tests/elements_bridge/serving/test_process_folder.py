"""Folders shared by processes: used ones stay, abandoned ones go."""

import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from elements_bridge.check import check_temporary_folder
from elements_bridge.serving.process_folder import ProcessFolder
from elements_bridge.serving.serve import open_metrics_folder
from link_kernel.settings.environment import SettingsError
from tests.support.full_disk import no_room_above

PREFIX = "figures-"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for temporary files, of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def abandon(folder: ProcessFolder) -> None:
    """Let the lock go as the kernel does when a process is killed."""
    os.close(folder.lock)


def test_the_last_to_leave_removes_the_folder() -> None:
    folder = ProcessFolder.open(PREFIX)
    (folder.path / "counter.db").write_bytes(b"1")
    other = ProcessFolder(folder.path, os.dup(folder.lock))  # what a forked process holds

    other.leave()
    assert (folder.path / "counter.db").exists()
    folder.leave()
    assert not folder.path.exists()


def test_the_next_start_removes_what_was_abandoned_and_nothing_else(temporary: Path) -> None:
    """A folder in use, another prefix, a file and a link to a folder elsewhere stay."""
    used, abandoned = ProcessFolder.open(PREFIX), ProcessFolder.open(PREFIX)
    (abandoned.path / "counter.db").write_bytes(b"1")
    abandon(abandoned)
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    link, file = temporary / f"{PREFIX}link", temporary / f"{PREFIX}file"
    link.symlink_to(elsewhere)
    file.write_bytes(b"")

    opened = ProcessFolder.open(PREFIX)

    assert set(temporary.iterdir()) == {used.path, opened.path, elsewhere, link, file}
    opened.leave()
    used.leave()


def test_another_users_folder_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = ProcessFolder.open(PREFIX)
    abandon(theirs)
    somebody = os.geteuid() + 1

    with monkeypatch.context() as as_somebody:
        as_somebody.setattr(os, "geteuid", lambda: somebody)
        ProcessFolder.open(PREFIX).leave()

    assert theirs.path.exists()


@pytest.mark.parametrize("step", ["open", "flock"])
def test_a_folder_removed_before_it_was_locked_is_made_again(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, step: str
) -> None:
    """Another start takes a folder without a lock for an abandoned one."""
    module = {"open": os, "flock": fcntl}[step]
    do = getattr(module, step)
    removed: list[Path] = []

    def lose_the_first(*arguments: object) -> object:
        for path in () if removed else temporary.iterdir():
            path.rmdir()
            removed.append(path)
        return do(*arguments)

    with monkeypatch.context() as racing:
        racing.setattr(module, step, lose_the_first)
        folder = ProcessFolder.open(PREFIX)

    assert len(removed) == 1
    assert [folder.path] == list(temporary.iterdir())
    folder.leave()
    assert list(temporary.iterdir()) == []


def test_no_folder_for_temporary_files_is_one_line_that_says_where_to_have_one(
    temporary: Path,
) -> None:
    """As in a container whose root is read-only: the process's metrics need none, several do."""
    temporary.rmdir()
    with pytest.raises(SettingsError, match=r"^TMPDIR: .*\(No such file .*; several ELEMENTS_WORK"):
        open_metrics_folder()


async def checked(workers: int) -> str:
    """Return the line of `check`."""
    [finding] = await check_temporary_folder(workers)
    return finding.line.removeprefix("temporary folder: ")


async def test_check_says_whether_several_workers_have_a_folder_with_room(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await checked(2) == f"ok {temporary}"
    with no_room_above((2 << 20) - 1):
        assert await checked(2) == (
            f"warning no room for 2 MiB in {temporary} (File too large): metrics would be missing;"
            " make room, or name another folder in TMPDIR"
        )
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "missing"))
    assert await checked(2) == (
        "FAULT No such file or directory: name a folder in TMPDIR, or mount one at /tmp"
    )
    assert await checked(1) == "ok not used: ELEMENTS_WORKERS is 1"
