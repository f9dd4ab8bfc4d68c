"""A second connection that has to take over at once, as no more of what it brings can be held."""

from __future__ import annotations

from coinapi_idx_cli.protocol.actions import End, Promote
from coinapi_idx_cli.protocol.reconnect import Supervisor
from tests.protocol.supervised import handing_over, new_supervisor


def replaced(supervisor: Supervisor) -> list[object]:
    return [
        action.error.what if isinstance(action, End) else action for action in supervisor.end(1, "too far behind", 4.0)
    ]


def test_the_first_connection_ends_for_that_reason_and_the_second_one_is_promoted() -> None:
    supervisor = handing_over()
    assert replaced(supervisor) == ["too far behind", Promote(2, seamless=True)]
    assert supervisor.current is not None
    assert supervisor.current.number == 2
    assert supervisor.next is None


def test_without_a_connection_there_is_nothing_to_replace() -> None:
    assert replaced(new_supervisor()) == []
