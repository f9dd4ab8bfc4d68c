"""A second connection that has to take over at once, as no more of what it brings can be held."""

from __future__ import annotations

from coinapi_idx_cli.protocol.actions import End, Promote
from coinapi_idx_cli.protocol.reconnect import Supervisor
from tests.protocol.supervised import handing_over, supervisor


def replaced(made: Supervisor) -> list[object]:
    return [action.error.what if isinstance(action, End) else action for action in made.replace("too far behind", 4.0)]


def test_the_first_connection_ends_for_that_reason_and_the_second_one_is_promoted() -> None:
    made = handing_over()
    assert replaced(made) == ["too far behind", Promote(2, seamless=True)]
    assert made.current is not None
    assert made.current.number == 2
    assert made.next is None


def test_without_a_connection_there_is_nothing_to_replace() -> None:
    assert replaced(supervisor()) == []
