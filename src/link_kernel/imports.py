"""Imports of a whole service, without the garbage collector in between."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Import in this context what stays until the process ends.

    Modules are no garbage, yet the collector would look for it two hundred times meanwhile, in a
    seventh of the time. What was made here is never looked at later either, so that workers share
    its pages.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
