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

_log: Final = logging.getLogger(__name__)


def _non_blocking_pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


@dataclass(slots=True)
class Workers:
    """Forks workers, which share the ports, and passes SIGINT, SIGTERM and SIGHUP on to them.

    `serve` is what a worker runs. It is given a pipe that closes when the parent ends in any way,
    and returns when its process is to end; what it raises in one of the first workers ends all.
    `leave` is called in each worker at its end, `bury` in the parent with the id of one that died.
    """

    serve: Callable[[int], None]
    leave: Callable[[], None]
    bury: Callable[[int], None]
    _pipe: tuple[int, int] = field(default_factory=os.pipe)
    _words: tuple[int, int] = field(default_factory=_non_blocking_pipe)
    """Holds a byte for each worker that may say why it cannot start: of the first ones one may."""
    _alive: set[int] = field(default_factory=set)
    _is_ending: bool = False

    def run(self, count: int) -> None:
        """Run `count` workers until a signal ends them; exit with 1 where one has failed."""
        self._let_one_speak()
        first = {self._start() for _ in range(count)}
        for number in _PASSED_ON:
            signal.signal(number, self._pass_on)
        release_hangups()
        failed = False
        while self._alive:
            pid, status = os.wait()
            self._alive.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            if pid in first and code == _CANNOT_START:
                self._end_all()
            if self._is_ending:
                failed = failed or code != 0
            else:
                self._replace(pid, code)
        if failed:
            sys.exit(1)

    def _replace(self, pid: int, code: int) -> None:
        """Start another worker, unless all are asked to end meanwhile."""
        _log.error("worker_died", extra={"pid": pid, "status": code})
        self.bury(pid)
        time.sleep(_PAUSE_S)  # noqa: TID251  # a pause that waits for nothing
        if not self._must_end():
            self._let_one_speak()
            self._start()
        if self._must_end():  # a signal that came between the two was not passed on to it
            self._signal_all(signal.SIGTERM)

    def _start(self) -> int:
        """Fork before any event loop exists; return the worker's process id.

        The parent alone keeps the writing end of the pipe, which closes even if it is killed.
        Until its own handlers are set, a worker ends by a signal, and passes none on.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
        pid = os.fork()
        if pid:
            self._alive.add(pid)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return pid
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        self._work()
        raise AssertionError

    def _work(self) -> None:
        parent_gone, parent_here = self._pipe
        os.close(parent_here)
        status = 0
        try:
            self.serve(parent_gone)
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
