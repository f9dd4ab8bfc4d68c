"""A supervisor in the states that the tests begin with."""

from __future__ import annotations

from coinapi_idx_cli.choices import Strategy
from coinapi_idx_cli.errors import ConnectionLostError, RefusedError
from coinapi_idx_cli.protocol.actions import Action, End, Fail, Open
from coinapi_idx_cli.protocol.policy import Policy
from coinapi_idx_cli.protocol.reconnect import Supervisor

LOST = ConnectionLostError("connection refused")
REFUSED = RefusedError("no")


def new_supervisor(
    strategy: Strategy = Strategy.HANDOVER,
    *,
    chance: float = 1.0,
    give_up_after_s: float | None = 300.0,
    stale_after_s: float = 10.0,
    now: float = 0.0,
) -> Supervisor:
    return Supervisor(Policy(stale_after_s, 10.0, give_up_after_s, strategy), lambda: chance, now)


def connected(
    strategy: Strategy = Strategy.HANDOVER, *, stale_after_s: float = 10.0, give_up_after_s: float | None = 300.0
) -> Supervisor:
    """With connection 1, which was supervisor a minute ago, delivering at second 1."""
    supervisor = new_supervisor(strategy, stale_after_s=stale_after_s, give_up_after_s=give_up_after_s, now=-60.0)
    assert supervisor.tick(-60.0) == [Open(1)]
    supervisor.opened(1, now=-59.5)
    supervisor.heard(1, now=1.0, values=True)
    return supervisor


def handing_over(*, stale_after_s: float = 10.0) -> Supervisor:
    """Connection 1 has ten seconds from second 2 on; connection 2 is open beside it at second 3.5."""
    supervisor = connected(stale_after_s=stale_after_s)
    assert supervisor.noticed(1, within_s=10.0, now=2.0) == []
    assert supervisor.tick(3.0) == [Open(2, is_second=True)]
    supervisor.opened(2, now=3.5)
    return supervisor


def failure(actions: list[Action]) -> Exception:
    """The error with which the last of the actions ends the run."""
    assert isinstance(actions[-1], Fail), actions
    return actions[-1].error


def ended(actions: list[Action] | None) -> list[Action | int]:
    """With the number instead of the `End`, whose error is text."""
    assert actions is not None
    return [action.number if isinstance(action, End) else action for action in actions]
