"""A part that is silent, or fails in a way nobody foresaw, has lines like any other."""

import asyncio

import pytest

from link_kernel.check import findings
from link_kernel.check.findings import Finding, examined


async def test_an_error_that_nobody_foresaw_is_told_without_its_text() -> None:
    async def fail() -> list[Finding]:
        raise KeyError("hunter2")

    assert [finding.line for finding in await examined(("a", "b"), fail())] == [
        "a: FAULT KeyError, which is a fault of this program",
        "b: not checked because of a",
    ]


async def test_a_part_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait_for_ever() -> list[Finding]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(findings, "_LONGEST_S", 0.0)
    assert [finding.line for finding in await examined(["a"], wait_for_ever())] == [
        "a: FAULT no_answer within 0 s"
    ]
