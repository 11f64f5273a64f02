"""File descriptors: each connection takes one, and a process may have only so many.

Without a free one the event loop closes each new connection at once, and nobody is told why.
"""

import contextlib
import logging
import math
import resource
from typing import Final

from link_kernel.observability.lasting_faults import LastingFault

_NEARLY: Final = 0.9

_log: Final = logging.getLogger(__name__)


def allow_most_descriptors() -> None:
    """Raise this process's limit, often 1024, to what its administrator allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # then the limit stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class DescriptorCheck:
    """Logs when nine tenths of the descriptors that this process may have are in use."""

    def __init__(self) -> None:
        """Read the limit."""
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._limit = math.inf if limit == resource.RLIM_INFINITY else limit
        self._fault = LastingFault(_log, "descriptors_nearly_used_up", "descriptors_free_again")

    def opened(self, descriptor: int) -> None:
        """Take the number of a new descriptor, which is the lowest one that was free."""
        if descriptor >= _NEARLY * self._limit:
            self._fault.met(f"of {self._limit}")
        elif self._fault.lasts:
            self._fault.not_met()
