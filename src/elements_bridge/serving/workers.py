"""The worker processes of `elements-bridge serve`: one that dies is replaced, the rest serve on."""

import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from link_kernel.web.listen import release_hangups

_CANNOT_START: Final = 78  # EX_CONFIG of sysexits.h: another try would be no better
# A worker that dies at once each time must not take a core for it.
_PAUSE_S: Final = 1.0
_ENDING: Final = frozenset({signal.SIGINT, signal.SIGTERM})
_PASSED_ON: Final = _ENDING | {signal.SIGHUP}
_SIGNALS: Final = {-number: number.name for number in signal.Signals}  # by status

_log: Final = logging.getLogger(__name__)


def _non_blocking_pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


@dataclass(slots=True)
class Workers:
    """Forks workers, which share the ports, and passes SIGINT, SIGTERM and SIGHUP on to them.

    Each has a place, a number from 0, and one that replaces it has the same.

    `serve` is what a worker runs. It is given its place and a pipe that closes when the parent ends
    in any way, and returns when its process is to end; what it raises in one of the first workers
    ends all. `leave` is called in each worker at its end, `bury` in the parent with the place of
    one that died.
    """

    serve: Callable[[int, int], None]
    leave: Callable[[], None]
    bury: Callable[[int], None]
    _pipe: tuple[int, int] = field(default_factory=os.pipe)
    _words: tuple[int, int] = field(default_factory=_non_blocking_pipe)
    """Holds a byte for each worker that may say why it cannot start: of the first ones one may."""
    _alive: dict[int, int] = field(default_factory=dict)
    """The places, by process id."""
    _is_ending: bool = False

    def run(self, count: int) -> None:
        """Run `count` workers until a signal ends them; exit with 1 where one has failed."""
        self._let_one_speak()
        first = {self._start(place) for place in range(count)}
        for number in _PASSED_ON:
            signal.signal(number, self._pass_on)
        release_hangups()
        failed = False
        while self._alive:
            pid, status = os.wait()
            place = self._alive.pop(pid, None)
            if place is None:  # the first process of a container is given others' orphans
                continue
            code = os.waitstatus_to_exitcode(status)
            if pid in first and code == _CANNOT_START:
                self._end_all()
            if self._is_ending:
                failed = failed or code != 0
            else:
                self._replace(place, code)
        if failed:
            sys.exit(1)

    def _replace(self, place: int, code: int) -> None:
        """Start another worker, unless all are asked to end meanwhile."""
        _log.error("worker_died", extra={"status": code, "reason": _SIGNALS.get(code)})
        self.bury(place)
        time.sleep(_PAUSE_S)  # noqa: TID251  # a pause that waits for nothing
        if not self._must_end():
            self._let_one_speak()
            self._start(place)
        if self._must_end():  # a signal that came between the two was not passed on to it
            self._signal_all(signal.SIGTERM)

    def _start(self, place: int) -> int:
        """Fork before any event loop exists; return the worker's process id.

        The parent alone keeps the writing end of the pipe, which closes even if it is killed.
        Until its own handlers are set, a worker ends by a signal, and passes none on.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
        pid = os.fork()
        if pid:
            self._alive[pid] = place
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return pid
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        self._work(place)
        raise AssertionError

    def _work(self, place: int) -> None:
        parent_gone, parent_here = self._pipe
        os.close(parent_here)
        status = 0
        try:
            self.serve(place, parent_gone)
        except BaseException as error:  # noqa: BLE001  # a child must never run on as its parent
            if self._may_speak():
                print(f"elements-bridge: {error}", file=sys.stderr)  # noqa: T201  # the command's output
            status = _CANNOT_START
        try:
            logging.shutdown()  # writes the lines that wait to be written together
            self.leave()
        finally:
            os._exit(status)

    def _let_one_speak(self) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody has spoken after thousands of deaths
            os.write(self._words[1], b".")

    def _may_speak(self) -> bool:
        try:
            return bool(os.read(self._words[0], 1))
        except BlockingIOError:
            return False

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._is_ending = self._is_ending or number in _ENDING
        self._signal_all(number)

    def _must_end(self) -> bool:
        """Read it anew: a signal may come at any time."""
        return self._is_ending

    def _end_all(self) -> None:
        self._is_ending = True
        self._signal_all(signal.SIGTERM)

    def _signal_all(self, number: int) -> None:
        for pid in tuple(self._alive):
            with contextlib.suppress(ProcessLookupError):  # it has ended; `os.wait` returns it
                os.kill(pid, number)
