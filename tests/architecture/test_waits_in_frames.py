"""Tests wait in a page by a function: text that is evaluated again is an `eval`."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_TESTS: Final = Path(__file__).parents[1]


def test_what_is_waited_for_in_a_page_is_a_function() -> None:
    """Playwright's second look at an expression is what the policy of our frames forbids.

    The first one passes, so that such a test fails on a busy machine alone.
    """
    found = list(_conditions())
    assert len(found) > 20
    assert [] == [where for where, text in found if not text.lstrip().startswith(("(", "async"))]


def _conditions() -> Iterator[tuple[str, str]]:
    """Yield the place and the beginning of what each `wait_for_function` waits for."""
    for path in sorted(_TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _is_wait(node.func) and node.args:
                yield f"{path.relative_to(_TESTS)}:{node.lineno}", _beginning(node.args[0])


def _is_wait(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "wait_for_function"


def _beginning(condition: ast.expr) -> str:
    """Return its text, of an f-string the first part; a name stands for a constant beside it."""
    first = condition.values[0] if isinstance(condition, ast.JoinedStr) else condition
    if isinstance(first, ast.Constant):
        return str(first.value)
    return "(" if isinstance(condition, ast.Name) else ""
