"""The spans of this process: `None` unless traces are exported, and then nothing is imported.

There is one of a process, as of OpenTelemetry's own context: clients and sessions below the
services would all have to hand it on.
"""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from link_kernel.tracing.spans import Spans

SCRIPT_NAMES: Final[dict[str, str]] = {}
"""The names of Lua scripts by the digest that Redis knows them by."""

TRACE_ID: Final[ContextVar[str | None]] = ContextVar("trace_id", default=None)
"""The trace of a request, if it has one: its line of the access log says so."""

_spans: "list[Spans | None]" = [None]


def active() -> "Spans | None":
    """Return what makes spans, or `None`: a call then costs this look alone."""
    return _spans[0]


def use(spans: "Spans | None") -> None:
    """Make spans by this from now on; application and clients that are made later have theirs."""
    _spans[0] = spans
