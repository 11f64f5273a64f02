"""Compares two OpenAPI documents and finds the changes that break a client.

Types are compared once, by their names. Where an operation has another type than before, the two
types are compared at the operation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from link_kernel.contract.diff.compare import Finding, Rules, compare, places_below
from link_kernel.contract.diff.keywords import resolve
from link_kernel.contract.diff.normalize import read_shape
from link_kernel.contract.json_schema import DIRECTION

Json = Mapping[str, Any]

COMPONENT: Final = "#/components/schemas/"
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_FIRST_REFUSAL: Final = "4"
_REQUEST: Final = Rules("request")
_ANSWER: Final = Rules("answer")
# A client must handle an unknown error code by its status and `retryable`.
_REFUSAL: Final = Rules("answer", may_grow=True)


def compare_openapi(old: Json, new: Json) -> list[Finding]:
    """Return every difference between two documents that a client could meet."""
    return list(_Documents(old, new).findings())


@dataclass(frozen=True, slots=True)
class _Documents:
    old: Json
    new: Json

    def findings(self) -> Iterator[Finding]:
        yield from self._schemas()
        before, after = _operations(self.old), _operations(self.new)
        for place in sorted(before.keys() - after.keys()):
            yield Finding(place, breaks=True, sentence="clients call this operation; it is gone")
        for place in sorted(after.keys() - before.keys()):
            yield Finding(place, breaks=False, sentence="the operation is new")
        for place in sorted(before.keys() & after.keys()):
            yield from places_below(self._operation(before[place], after[place]), place)

    def _schemas(self) -> Iterator[Finding]:
        before, after = _schemas(self.old), _schemas(self.new)
        for name in sorted(before.keys() & after.keys()):
            direction = after[name].get(DIRECTION, "answer")
            yield from self._compared(
                before[name], after[name], Rules(direction), f"{COMPONENT}{name}"
            )

    def _operation(self, old: Json, new: Json) -> list[Finding]:
        return [
            *self._parameters(old, new),
            *self._body(old.get("requestBody"), new.get("requestBody")),
            *self._responses(old.get("responses", {}), new.get("responses", {})),
            *_security(old, new),
        ]

    def _parameters(self, old: Json, new: Json) -> Iterator[Finding]:
        before, after = _parameters(old), _parameters(new)
        for place, parameter in after.items():
            known = before.get(place)
            is_required = parameter.get("required", False)
            if is_required and not (known or {}).get("required", False):
                yield Finding(place, breaks=True, sentence="the service demands this parameter")
            elif known is None:
                yield Finding(place, breaks=False, sentence="the parameter may be sent")
            elif known.get("required", False) and not is_required:
                yield Finding(place, breaks=False, sentence="the parameter may be left out")
            if known is not None:
                yield from self._compared(
                    known.get("schema", {}), parameter.get("schema", {}), _REQUEST, place
                )
        for place in before.keys() - after.keys():
            yield Finding(place, breaks=False, sentence="the service ignores this parameter")

    def _body(self, old: Json | None, new: Json | None) -> Iterator[Finding]:
        place = "/requestBody"
        if old is None or new is None:
            if old is not None:
                yield Finding(place, breaks=True, sentence="the service takes no body any more")
            if new is not None:
                must = new.get("required", False)
                sentence = f"a body {'must' if must else 'may'} be sent"
                yield Finding(place, breaks=must, sentence=sentence)
            return
        if old.get("required", False) != new.get("required", False):
            must = new.get("required", False)
            sentence = f"the body {'must be sent' if must else 'may be left out'}"
            yield Finding(place, breaks=must, sentence=sentence)
        yield from self._content(old, new, _REQUEST, place)

    def _responses(self, old: Json, new: Json) -> Iterator[Finding]:
        for status in sorted(old.keys() | new.keys()):
            place = f"/responses/{status}"
            is_refusal = status >= _FIRST_REFUSAL
            if status not in new:
                yield Finding(place, breaks=False, sentence="is not answered any more")
            elif status not in old:
                sentence = (
                    "clients take an unknown refusal by its status"
                    if is_refusal
                    else ("clients do not know this success")
                )
                yield Finding(place, breaks=not is_refusal, sentence=sentence)
            else:
                rules = _REFUSAL if is_refusal else _ANSWER
                yield from self._content(old[status], new[status], rules, place)
                yield from _headers(old[status], new[status], place)

    def _content(self, old: Json, new: Json, rules: Rules, place: str) -> Iterator[Finding]:
        before, after = old.get("content", {}), new.get("content", {})
        breaking = before if rules.direction == "request" else after
        for media_type in sorted(before.keys() ^ after.keys()):
            is_breaking = media_type in breaking
            sentence = f"{media_type} is {'gone' if media_type in before else 'new'}"
            yield Finding(f"{place}/content", breaks=is_breaking, sentence=sentence)
        for media_type in sorted(before.keys() & after.keys()):
            was = before[media_type].get("schema", {})
            yield from self._compared(was, after[media_type].get("schema", {}), rules, place)

    def _compared(self, old: Any, new: Any, rules: Rules, place: str) -> list[Finding]:  # noqa: ANN401  # JSON
        """Compare two schemas; types of the same name count as equal here."""
        try:
            shapes = (
                read_shape(_without_shared(old, self._shared()), self.old),
                read_shape(_without_shared(new, self._shared()), self.new),
            )
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
        return compare(*shapes, rules, place)

    def _shared(self) -> frozenset[str]:
        names = _schemas(self.old).keys() & _schemas(self.new).keys()
        return frozenset(f"{COMPONENT}{name}" for name in names)


def _without_shared(schema: Any, shared: frozenset[str]) -> Any:  # noqa: ANN401  # JSON
    """Return a schema in which a reference to a type of both documents is only its name."""
    if isinstance(schema, list):
        return [_without_shared(item, shared) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    parts = schema.get("allOf")
    if isinstance(parts, list) and len(refs := _refs_in(parts, shared)) > 1:
        rest = [part for part in parts if not _refs_in([part], shared)]
        every = {"const": {"type": " and ".join(refs)}}
        return _without_shared({**schema, "allOf": [*rest, every]}, shared)
    if schema.get("$ref") in shared:
        return {"const": {"type": schema["$ref"]}}
    return {name: _without_shared(value, shared) for name, value in schema.items()}


def _refs_in(parts: list[Any], shared: frozenset[str]) -> list[str]:
    refs: set[Any] = {part.get("$ref") for part in parts if isinstance(part, Mapping)}
    return sorted(shared & refs)


def _operations(document: Json) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": _with_path_parameters(document, item, item[method])
        for path, item in document.get("paths", {}).items()
        for method in _METHODS
        if method in item
    }


def _with_path_parameters(document: Json, item: Json, operation: Json) -> Json:
    given = [*item.get("parameters", ()), *operation.get("parameters", ())]
    found = [resolve(document, one["$ref"]) if "$ref" in one else one for one in given]
    return {**operation, "parameters": found, "security": operation.get("security", [{}])}


def _schemas(document: Json) -> Mapping[str, Json]:
    found: Mapping[str, Json] = document.get("components", {}).get("schemas", {})
    return found


def _parameters(operation: Json) -> dict[str, Json]:
    return {f"/parameters/{one['in']}/{one['name']}": one for one in operation["parameters"]}


def _headers(old: Json, new: Json, place: str) -> Iterator[Finding]:
    before, after = old.get("headers", {}), new.get("headers", {})
    for name in sorted(before.keys() - after.keys()):
        where = f"{place}/headers/{name}"
        yield Finding(where, breaks=True, sentence="clients read this header; it is not sent")
    for name in sorted(after.keys() - before.keys()):
        where = f"{place}/headers/{name}"
        yield Finding(where, breaks=False, sentence="the header is sent as well")


def _security(old: Json, new: Json) -> Iterator[Finding]:
    before = {tuple(sorted(one)) for one in old["security"]}
    after = {tuple(sorted(one)) for one in new["security"]}
    for one in sorted(before - after):
        sentence = f"{' and '.join(one) or 'no credential'} is not enough any more"
        yield Finding("/security", breaks=() not in after, sentence=sentence)
    for one in sorted(after - before):
        sentence = f"{' and '.join(one) or 'no credential'} is enough"
        yield Finding("/security", breaks=False, sentence=sentence)
