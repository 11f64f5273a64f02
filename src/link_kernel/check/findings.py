"""What `check` finds, each in one line with its cure (docs/operations.md#before-a-deploy-check)."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

Level = Literal["ok", "unknown", "warning", "FAULT", "not checked"]

_LONGEST_S: Final = 10.0


class Finding(NamedTuple):
    """One line of `check`: that a part is `ok`, or what is wrong with it and the cure.

    A `warning` stops nobody. `unknown` is what a managed server hides, and `not checked` what
    cannot be asked because of a fault that has a line of its own.
    """

    name: str
    level: Level
    text: str = ""

    @property
    def line(self) -> str:
        """The line; it holds no secret."""
        return f"{self.name}: {self.level} {self.text}".rstrip()


async def examined(
    names: Sequence[str], examination: Coroutine[Any, Any, list[Finding]]
) -> list[Finding]:
    """Return what an examination finds within ten seconds, or else a fault of the first name.

    So no part that is silent, or that fails in a way nobody foresaw, hides what the others say.
    """
    try:
        async with asyncio.timeout(_LONGEST_S):
            return await examination
    except TimeoutError:
        text = f"no_answer within {_LONGEST_S:.0f} s"
    except Exception as error:  # noqa: BLE001  # its text may hold a secret
        text = f"{type(error).__name__}, which is a fault of this program"
    first, *others = names
    return [Finding(first, "FAULT", text), *not_checked(others, since=first)]


def not_checked(names: Iterable[str], *, since: str) -> list[Finding]:
    """Return the lines of parts that cannot be asked because of a fault of another one."""
    return [Finding(name, "not checked", f"because of {since}") for name in names]
