"""The checker of histories takes what the rules allow, and finds what breaks each of them."""

from dataclasses import replace

from link_kernel.sessions.outcomes import RotateOutcome
from tests.failover.history import Break, Call, Failover, SessionHistory, faults

ROTATED, REPLAYED, RECOVERED = (
    RotateOutcome.ROTATED,
    RotateOutcome.REPLAYED,
    RotateOutcome.RECOVERED,
)
REUSED, REVOKED, SUPERSEDED = (
    RotateOutcome.REUSED,
    RotateOutcome.REVOKED,
    RotateOutcome.SUPERSEDED,
)
# Of what was written after 25 nothing is kept.
FAILOVER = Failover(cut=25, start=50, end=60)


def refreshed(
    at: float,
    generation: int,
    outcome: RotateOutcome | None = ROTATED,
    *,
    key: str = "",
    lasts: float = 5,
    is_honest: bool = True,
    process: int = 0,
) -> Call:
    """Return a refresh with the key of its generation, unless another one is given."""
    return Call(
        kind="refresh",
        process=process,
        start=at,
        end=at + lasts,
        outcome=outcome,
        generation=generation,
        key=key or f"k{generation}",
        successor=f"t{generation + 1}",
        is_honest=is_honest,
    )


def stolen(at: float, generation: int, outcome: RotateOutcome | None = ROTATED) -> Call:
    """Return a thief's refresh, whose key is another."""
    return refreshed(at, generation, outcome, key=f"thief{generation}", is_honest=False)


def revoked(at: float, outcome: RotateOutcome | None = REVOKED) -> Call:
    """Return a revocation."""
    return Call(kind="revoke", process=0, start=at, end=at + 5, outcome=outcome)


def broken(*calls: Call, told: dict[int, float] | None = None, fails: bool = False) -> str:
    """Return the faults of a history as one text; empty where there is none."""
    history = SessionHistory(list(calls), told or {})
    return "\n".join(faults(history, [FAILOVER] if fails else []))


def test_honest_refreshes_follow_the_rule() -> None:
    assert "" == broken(refreshed(0, 0), refreshed(10, 1), refreshed(20, 2))


def test_a_lost_answer_is_replayed_and_may_be_carried_out_late() -> None:
    lost = refreshed(0, 0, None)
    assert "" == broken(lost, refreshed(10, 0, REPLAYED), refreshed(20, 1))
    assert "" == broken(lost, refreshed(10, 0), refreshed(20, 1))


def test_an_answer_that_the_bridge_lost_is_replayed_to_who_asked_once() -> None:
    """Redis's answer was on a connection that broke, and the bridge has sent the command again."""
    history = SessionHistory([refreshed(0, 0, REPLAYED), refreshed(10, 1)])
    assert [] == faults(history, breaks=[Break(start=4, end=6)])
    for breaks in ([], [Break(start=6, end=9)]):
        assert "no order" in "\n".join(faults(history, breaks=breaks))


def test_a_failover_may_lose_what_came_after_the_cut() -> None:
    before = refreshed(10, 0), refreshed(30, 1), refreshed(40, 2)
    for outcome in (ROTATED, RECOVERED):
        assert "" == broken(*before, refreshed(70, 3, outcome), fails=True)


def test_a_failover_loses_nothing_from_before_the_cut() -> None:
    """The thief's token was spent before the replica was cut off."""
    found = broken(refreshed(0, 0), refreshed(10, 1), stolen(70, 0), fails=True)
    assert "no order" in found


def test_without_a_failover_nothing_is_recovered() -> None:
    assert "no order" in broken(refreshed(0, 0), refreshed(10, 1, RECOVERED))


def test_a_token_from_nowhere_is_found() -> None:
    assert "nobody was given" in broken(refreshed(0, 0), refreshed(70, 2, RECOVERED), fails=True)


def test_a_primary_that_was_replaced_may_answer_until_the_failover_is_over() -> None:
    at_new, at_old = refreshed(52, 1, lasts=2), replace(stolen(55, 1), end=57)
    again = refreshed(70, 1, REPLAYED)
    assert "" == broken(refreshed(0, 0), at_new, at_old, again, fails=True)
    late = replace(at_old, start=65, end=67)
    assert "no order" in broken(refreshed(0, 0), at_new, late, again, fails=True)


def test_two_keys_spend_one_generation_only_if_the_first_was_lost() -> None:
    pair = refreshed(30, 0), stolen(70, 0)
    assert "no order" in broken(*pair)
    assert "" == broken(*pair, fails=True)


def test_two_successors_of_one_generation_are_found() -> None:
    again = replace(refreshed(10, 0, REPLAYED), successor="another")
    assert "two successors" in broken(refreshed(0, 0), again)


def test_a_theft_that_was_not_caught_is_found() -> None:
    assert "no order" in broken(refreshed(0, 0), refreshed(10, 1), stolen(20, 0, SUPERSEDED))
    assert "" == broken(refreshed(0, 0), stolen(20, 0, REUSED), refreshed(30, 1, REVOKED))


def test_a_revoked_session_that_rotates_is_found() -> None:
    assert "no order" in broken(refreshed(0, 0), revoked(10), refreshed(20, 1))


def test_a_failover_may_lose_a_revocation_but_not_for_a_process_that_was_told() -> None:
    calls = refreshed(0, 0), revoked(30), refreshed(70, 1, process=1)
    assert "" == broken(*calls, told={0: 40}, fails=True)
    assert "knew of the revocation" in broken(*calls, told={0: 40, 1: 41}, fails=True)


def test_a_process_that_was_told_ends_the_session_that_redis_has_alive() -> None:
    calls = refreshed(0, 0), revoked(30), refreshed(70, 1, REVOKED)
    assert "" == broken(*calls, fails=True)
    assert "no order" in broken(*calls, refreshed(80, 2, process=1), fails=True)


def test_an_honest_client_that_is_refused_is_found() -> None:
    for outcome in (REUSED, REVOKED, RotateOutcome.MISSING):
        assert "honest client was refused" in broken(refreshed(0, 0), refreshed(70, 1, outcome))


def test_a_failed_revocation_may_have_ended_the_session_or_not() -> None:
    assert "" == broken(refreshed(0, 0), revoked(10, None), refreshed(20, 1))
    assert "" == broken(refreshed(0, 0), revoked(10, None), refreshed(20, 1, REVOKED))
