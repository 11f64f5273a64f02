"""What the services log, as production writes it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from link_kernel.observability.logs import JsonFormatter


@contextmanager
def logged_text() -> Iterator[io.StringIO]:
    """Give everything that is logged meanwhile, at the lowest level."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
