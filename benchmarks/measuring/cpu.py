"""CPU time of processes and of cores, and the cores on which each side of a measurement runs.

Linux tells it in nanoseconds; elsewhere `ps` tells the time of a process in hundredths of a second,
nothing is pinned, and nothing is known of other processes.
"""

import contextlib
import os
import re
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_HAS_PROC: Final = (_PROC / "self" / "schedstat").exists()
PRIORITY: Final = -10
_SESSION: Final = _PROC / "self" / "autogroup"
_KIB: Final = 1024
_NANO: Final = 1_000_000_000
_PS_TIME: Final = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
# Fields of a core's line in /proc/stat, in ticks: user nice system idle iowait irq softirq steal.
_IDLE: Final = slice(3, 5)
_BUSY_FIELDS: Final = 8


def cores() -> tuple[int, int] | None:
    """Return the server's core and the one for all else, `None` where nothing can be pinned.

    With one core both are the same.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Run on one core meanwhile; a process started in this context stays there."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def measuring() -> Iterator[bool]:
    """Run on the core for all but the servers, and before others where the system permits it.

    Processes started meanwhile inherit both, so a busy machine interrupts a measurement less often.
    Yields whether the priority was raised; only root may do so.
    """
    found, before = cores(), os.getpriority(os.PRIO_PROCESS, 0)
    with pinned(found and found[1]):
        raised = _set_priority(PRIORITY)
        try:
            yield raised
        finally:
            _set_priority(before)


def _set_priority(nice: int) -> bool:
    """Set the priority of this process, and of its session where Linux weighs sessions first."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        if _SESSION.exists():
            _SESSION.write_text(str(nice))
    except OSError:
        return False
    return True


def process_seconds(pid: int) -> float:
    """Return the CPU time of a process: all its threads, and its child processes that run."""
    if not _HAS_PROC:
        return _seconds_by_ps(pid)
    return sum(_threads_seconds(one) for one in family(pid))


def family(pid: int) -> list[int]:
    """Return a process and its descendants; without `/proc`, the process only."""
    found = [pid]
    for one in found:
        for task in (_PROC / str(one) / "task").glob("*"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _threads_seconds(pid: int) -> float:
    nanoseconds = 0
    for task in (_PROC / str(pid) / "task").glob("*"):
        with contextlib.suppress(OSError):  # a thread that ended meanwhile
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    return nanoseconds / _NANO


def _seconds_by_ps(pid: int) -> float:
    return parse_ps_time(_said_by_ps(pid, "time="))


def _said_by_ps(pid: int, field: str) -> str:
    command = ["/bin/ps", "-o", field, "-p", str(pid)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return done.stdout.strip()


def parse_ps_time(text: str) -> float:
    """Return the seconds of `[[days-]hours:]minutes:seconds`; raises `ValueError`."""
    found = _PS_TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"not a time of ps: {text!r}")
    days, hours, minutes = (int(part or 0) for part in found.groups()[:3])
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(found[4])


def core_busy_seconds(core: int | None) -> float | None:
    """Return how long a core has been busy with any process, `None` where that is not told."""
    if core is None or not _HAS_PROC:
        return None
    return parse_busy_ticks((_PROC / "stat").read_text(), core) / os.sysconf("SC_CLK_TCK")


def parse_busy_ticks(text: str, core: int) -> int:
    """Return the busy ticks of a core in the text of `/proc/stat`; raises `ValueError`."""
    for line in text.splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            ticks = [int(field) for field in fields[:_BUSY_FIELDS]]
            return sum(ticks) - sum(ticks[_IDLE])
    raise ValueError(f"no core {core} in /proc/stat")


def foreign_share(busy: tuple[float | None, float | None], own: float, elapsed: float) -> float:
    """Return the share of a core that others used; 0 where the core's time is not told.

    `busy` is the core's busy time before and after, `own` what the server used of it, in seconds.
    """
    before, after = busy
    if before is None or after is None:
        return 0.0
    return max((after - before - own) / elapsed, 0.0)


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its children; pages they share count for each."""
    if not _HAS_PROC:
        return int(_said_by_ps(pid, "rss=")) * _KIB
    total = 0
    for one in family(pid):
        for line in (_PROC / str(one) / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * _KIB
    return total


def allow_files(wanted: int) -> int:
    """Let this process, and those it starts, open so many files; return how many they may."""
    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if highest == resource.RLIM_INFINITY else min(wanted, highest)
    if allowed > limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, highest))
    return max(limit, allowed)
