"""Compares two schemas and finds the changes that break a client.

A client built on the schema OLD meets a service with the schema NEW. It breaks where the service
sends values that the client cannot read, or rejects values that the client sends. OLD may also be
the schema that a consumer wrote; the comparison then tells whether it fits today's service.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from link_kernel.contract.diff.bounds import Kind, changes
from link_kernel.contract.diff.discriminators import Branches, split
from link_kernel.contract.diff.keywords import escaped
from link_kernel.contract.diff.normalize import ANY_NAME, ANYTHING, Alternative, Shape
from link_kernel.contract.operations import Direction


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: its place in the schema, whether it breaks clients, and a sentence on it."""

    place: str
    breaks: bool
    sentence: str

    def line(self) -> str:
        """Return the finding as one line of the command's output."""
        return f"{'breaking' if self.breaks else 'compatible'}  {self.place}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Rules:
    """How two shapes are compared.

    With `is_consumers`, OLD is a schema that a consumer wrote: it may leave out fields, and only
    shapes are compared, because consumers seldom write down bounds such as a text's length. With
    `may_grow`, clients must accept values they do not know.
    """

    direction: Direction
    is_consumers: bool = False
    may_grow: bool = False


def compare(old: Shape, new: Shape, rules: Rules, place: str = "") -> list[Finding]:
    """Return every difference between two shapes that a client could meet."""
    return list(_Comparison(rules).shapes(old, new, place))


@dataclass(frozen=True, slots=True)
class _Comparison:
    rules: Rules

    @property
    def is_request(self) -> bool:
        return self.rules.direction == "request"

    def shapes(self, old: Shape, new: Shape, place: str) -> Iterator[Finding]:
        if old == new:
            return
        if ANYTHING in (old, new):
            yield self._differs(new != ANYTHING, place, f"{_words(old)} became {_words(new)}")
            return
        before, after = _by_kind(old), _by_kind(new)
        if not before.keys() & after.keys():
            yield Finding(place, breaks=True, sentence=self._retyped(old, new))
            return
        for kind in sorted(after.keys() - before.keys()):
            yield self._differs(narrower=False, place=place, sentence=self._gained(kind))
        for kind in sorted(before.keys() - after.keys()):
            yield self._differs(narrower=True, place=place, sentence=self._lost(kind))
        for kind in sorted(before.keys() & after.keys()):
            yield from self._alternatives(before[kind], after[kind], place)

    def _alternatives(
        self, old: list[Alternative], new: list[Alternative], place: str
    ) -> Iterator[Finding]:
        if len(old) == len(new) == 1:
            yield from self._one(old[0], new[0], place)
            return
        branches = split(old, new)
        if branches is None:
            yield from self._any_of(old, new, place)
        else:
            yield from dict.fromkeys(self._branches(*branches, place))

    def _branches(self, name: str, old: Branches, new: Branches, place: str) -> Iterator[Finding]:
        before, after = frozenset(value for _, value in old), frozenset(value for _, value in new)
        yield from self._values(before, after, f"{place}/properties/{escaped(name)}")
        for value in sorted(old.keys() & new.keys()):
            if len(old[value]) == len(new[value]) == 1:
                yield from self._one(old[value][0], new[value][0], place)
            else:
                yield from self._any_of(old[value], new[value], place)

    def _any_of(
        self, old: list[Alternative], new: list[Alternative], place: str
    ) -> Iterator[Finding]:
        # Each alternative that may be sent must fit one alternative that is accepted.
        for index, one in enumerate(old if self.is_request else new):
            met = new if self.is_request else old
            pairs = ((one, other) if self.is_request else (other, one) for other in met)
            tries = [list(self._one(*pair, f"{place}/anyOf/{index}")) for pair in pairs]
            yield from min(tries, key=lambda found: sum(finding.breaks for finding in found))

    def _one(self, old: Alternative, new: Alternative, place: str) -> Iterator[Finding]:
        yield from self._values(old.values, new.values, place)
        yield from self._bounds(old, new, place)
        if old.kind == "object":
            yield from self._fields(old, new, place)
        if old.kind == "array":
            for index, (before, after) in enumerate(zip(old.prefix, new.prefix, strict=False)):
                yield from self.shapes(before, after, f"{place}/prefixItems/{index}")
            if len(old.prefix) != len(new.prefix):
                counts = f"{len(old.prefix)} leading items became {len(new.prefix)}"
                yield Finding(f"{place}/prefixItems", breaks=True, sentence=counts)
            yield from self.shapes(
                old.items if old.items is not None else ANYTHING,
                new.items if new.items is not None else ANYTHING,
                f"{place}/items",
            )

    def _values(
        self, old: frozenset[str] | None, new: frozenset[str] | None, place: str
    ) -> Iterator[Finding]:
        if old is None and new is not None:
            sentence = f"any value became one of {_listed(new)}"
            yield self._differs(narrower=True, place=place, sentence=sentence)
        elif new is None and old is not None:
            sentence = f"one of {_listed(old)} became any value"
            yield self._differs(narrower=False, place=place, sentence=sentence)
        for value in sorted((new or frozenset()) - (old or new or frozenset())):
            sentence = (
                f"clients do not know {value}" if not self.is_request else f"{value} is taken"
            )
            yield self._differs(narrower=False, place=place, sentence=sentence, grows=True)
        for value in sorted((old or frozenset()) - (new or old or frozenset())):
            sentence = f"{value} is refused" if self.is_request else f"{value} is not sent any more"
            yield self._differs(narrower=True, place=place, sentence=sentence)

    def _bounds(self, old: Alternative, new: Alternative, place: str) -> Iterator[Finding]:
        for keyword, narrower, sentence in changes(old.bounds, new.bounds):
            is_value = keyword != "integer"
            if narrower is None:
                breaks = not (self.rules.is_consumers and is_value)
                yield Finding(place, breaks=breaks, sentence=sentence)
            else:
                yield self._differs(narrower, place, sentence, is_value=is_value)

    def _fields(self, old: Alternative, new: Alternative, place: str) -> Iterator[Finding]:
        for name in sorted(old.properties.keys() | new.properties.keys()):
            where = f"{place}/properties/{escaped(name)}"
            if name not in new.properties:
                yield from self._gone(name, old, new, where)
            elif name not in old.properties:
                yield from self._added(name, old, new, where)
            else:
                yield from self._presence(name in old.required, name in new.required, where)
                yield from self.shapes(old.properties[name], new.properties[name], where)
        yield from self.shapes(
            old.names or ANY_NAME, new.names or ANY_NAME, f"{place}/propertyNames"
        )
        if self.is_request and not self.rules.is_consumers and old.is_open != new.is_open:
            sentence = "fields without a name here are " + ("taken" if new.is_open else "refused")
            yield self._differs(not new.is_open, place, sentence)
        if old.is_open and new.is_open and (old.others or new.others):
            before, after = old.others or ANYTHING, new.others or ANYTHING
            yield from self.shapes(before, after, f"{place}/additionalProperties")

    def _gone(self, name: str, old: Alternative, new: Alternative, where: str) -> Iterator[Finding]:
        if self.is_request:
            sentence = "the service ignores this field" if new.is_open else "the field is refused"
            yield Finding(where, breaks=not new.is_open, sentence=sentence)
        elif name in old.required or not self.rules.is_consumers:
            yield Finding(where, breaks=True, sentence="clients read this field; it is not sent")

    def _added(
        self, name: str, old: Alternative, new: Alternative, where: str
    ) -> Iterator[Finding]:
        if self.is_request:
            if name in new.required:
                sentence = "the service demands this field; clients do not send it"
                yield Finding(where, breaks=True, sentence=sentence)
            elif not self.rules.is_consumers:
                yield Finding(where, breaks=False, sentence="the field may be sent")
        elif not self.rules.is_consumers:
            yield Finding(where, breaks=False, sentence="the field is sent as well")
        elif not old.is_open:
            sentence = "the consumer refuses fields without a name; this one is sent"
            yield Finding(where, breaks=True, sentence=sentence)

    def _presence(
        self,
        before: bool,  # noqa: FBT001  # both sides of one comparison
        after: bool,  # noqa: FBT001  # as above
        where: str,
    ) -> Iterator[Finding]:
        if before == after or (self.rules.is_consumers and not self.is_request and after):
            return
        if self.is_request:
            sentence = "the field must be sent" if after else "the field may be left out"
        else:
            sentence = "the field is always sent" if after else "the field may be absent"
        yield self._differs(after, where, sentence)

    def _differs(
        self,
        narrower: bool,  # noqa: FBT001  # what was found, not a switch
        place: str,
        sentence: str,
        *,
        is_value: bool = False,
        grows: bool = False,
    ) -> Finding:
        """Return the finding for a set of values that became narrower or wider."""
        breaks = narrower if self.is_request else not narrower
        excused = (is_value and self.rules.is_consumers) or (grows and self.rules.may_grow)
        return Finding(place, breaks=breaks and not excused, sentence=sentence)

    def _retyped(self, old: Shape, new: Shape) -> str:
        if self.is_request:
            return f"clients send {_words(old)}; the service takes {_words(new)}"
        return f"clients read {_words(old)}; the service sends {_words(new)}"

    def _gained(self, kind: Kind) -> str:
        return f"may be {kind}" if self.is_request else f"may be {kind}, which clients do not read"

    def _lost(self, kind: Kind) -> str:
        return f"{kind} is refused" if self.is_request else f"is never {kind} any more"


def places_below(findings: list[Finding], place: str) -> list[Finding]:
    """Return findings with their places below another place."""
    return [replace(finding, place=f"{place}{finding.place}") for finding in findings]


def _by_kind(shape: Shape) -> dict[Kind, list[Alternative]]:
    found: dict[Kind, list[Alternative]] = {}
    for one in shape:
        found.setdefault(one.kind, []).append(one)
    return found


def _words(shape: Shape) -> str:
    if shape == ANYTHING:
        return "anything"
    return " or ".join(sorted(_word(one) for one in shape)) or "nothing"


def _word(one: Alternative) -> str:
    kind = "integer" if "integer" in one.bounds else one.kind
    return kind if one.values is None else f"{kind} ({_listed(one.values)})"


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))
