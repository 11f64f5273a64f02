"""Strict JSON parser for untrusted input: UTF-8, no duplicate keys, no `NaN` (RFC 8259)."""

import json
from collections.abc import Iterable
from typing import Final, Never


def parse_strict_json(raw: bytes) -> object:
    """Return the parsed value; `ValueError` for text that another parser may read differently."""
    try:
        return _DECODER.decode(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique_keys(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    pairs = list(pairs)
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice")
    return members


def _reject_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_reject_constant)
