"""A temporary folder shared by processes, removed when the last of them has ended.

A killed process removes nothing. So all that use a folder hold a lock on it, which the kernel
releases, and an unlocked one is removed: by the last process to leave it, or by the next that
opens a folder with the same prefix.
"""

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Self


@dataclass(frozen=True, slots=True)
class ProcessFolder:
    """The folder of this process and of all that are forked from it."""

    path: Path
    lock: int

    @classmethod
    def open(cls, prefix: str) -> Self:
        """Make a folder, and remove the abandoned ones of this user; raises `OSError`."""
        for other in Path(gettempdir()).glob(f"{prefix}*"):
            _remove_if_unused(other)
        while True:
            path = Path(mkdtemp(prefix=prefix))
            lock = _lock_shared(path)
            if lock is not None:
                return cls(path, lock)

    def leave(self) -> None:
        """Release this process's part of the lock; the last one to do so removes the folder."""
        os.close(self.lock)
        _remove_if_unused(self.path)


def _lock_shared(path: Path) -> int | None:
    """Lock a new folder; `None` if another process removed it before it was locked."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    fcntl.flock(lock, fcntl.LOCK_SH)
    if path.exists():
        return lock
    os.close(lock)
    return None


def _remove_if_unused(path: Path) -> None:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # removed already, or not ours to read
        return
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)  # what stays is tried again at the next start
    except BlockingIOError:
        pass  # a living process uses it
    finally:
        os.close(lock)
