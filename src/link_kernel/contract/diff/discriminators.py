"""Discriminated unions: splits a union of objects by the value of a field that tells them apart.

One object whose `kind` has two values is equal to two objects with one `kind` each. So unions are
compared branch by branch: an object is compared with the branch for its value of the field.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from link_kernel.contract.diff.normalize import Alternative, Shape

_EVERY: Final = {"null": frozenset({"null"}), "boolean": frozenset({"false", "true"})}

Value = tuple[str, str]
Branches = dict[Value, list[Alternative]]


def split(
    old: Sequence[Alternative], new: Sequence[Alternative]
) -> tuple[str, Branches, Branches] | None:
    """Return the discriminator field, and the alternatives of both sides by its values.

    `None` if there is no discriminator: a field that every alternative requires, whose values are
    listed, and of which no two alternatives of the longer side share a value.
    """
    several = old if len(old) > 1 else new
    for name in sorted(several[0].required):
        before, after = _by_value(name, old), _by_value(name, new)
        if before is None or after is None:
            continue
        if all(len(branch) == 1 for branch in (before if several is old else after).values()):
            return name, before, after
    return None


def _by_value(name: str, alternatives: Iterable[Alternative]) -> Branches | None:
    found: Branches = {}
    for one in alternatives:
        values = _values(one.properties.get(name, ())) if name in one.required else []
        if not values:
            return None
        for kind, value in values:
            field = next(part for part in one.properties[name] if part.kind == kind)
            shape: Shape = (replace(field, values=frozenset({value})),)
            branch = replace(one, properties={**one.properties, name: shape})
            found.setdefault((kind, value), []).append(branch)
    return found


def _values(shape: Shape) -> list[Value]:
    """Return all values of a shape, an empty list if they are not listed."""
    found: list[Value] = []
    for one in shape:
        values = _EVERY.get(one.kind) if one.values is None else one.values
        if values is None or one.kind in {"array", "object"}:
            return []
        found.extend((one.kind, value) for value in sorted(values))
    return found
