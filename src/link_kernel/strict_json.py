"""JSON as it must come from outside: UTF-8, each key once, no `NaN` (RFC 8259)."""

import json
from collections.abc import Iterable
from typing import Never


def parse_strict_json(raw: bytes) -> object:
    """Return what `raw` says; raises `ValueError` for what a second parser may read otherwise."""
    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=_closed_object, parse_constant=_no_constant
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _closed_object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")
