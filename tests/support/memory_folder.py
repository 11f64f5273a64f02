"""Temporary files of a run in memory: on a busy disk, to remove a test's files costs more than it.

The databases, the browsers' profiles and `tmp_path` are all there, and removed after the run.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from elements_bridge.serving.process_folder import ProcessFolder

_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # Linux's file system in memory
_NEEDED_BYTES: Final = 2 << 30


@contextmanager
def temporary_files_in_memory() -> Iterator[None]:
    """Have this process and its children make temporary files in memory, if there is room.

    A `TMPDIR` that is set is left as it is.
    """
    if "TMPDIR" in os.environ or not _has_room():
        yield
        return
    tempfile.tempdir = str(_MEMORY)
    folder = ProcessFolder.open("link-tests-")
    folder.path.chmod(0o1777)  # as `/tmp`: PostgreSQL, never root, makes and removes its own in it
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder.path)
    try:
        yield
    finally:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        folder.leave()


def _has_room() -> bool:
    try:
        return shutil.disk_usage(_MEMORY).free >= _NEEDED_BYTES and os.access(_MEMORY, os.W_OK)
    except OSError:  # another kernel
        return False
