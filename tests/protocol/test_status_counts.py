"""What the state of a session counts of connections and gaps."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.protocol.status import State, Status


def test_every_connection_after_there_was_none_but_the_first_is_a_reconnect() -> None:
    status = Status("feed.example", 0.0)
    assert (status.reconnects, status.connected_s) == (0, None)
    status.connected(1.0)
    assert (status.reconnects, status.connected_s) == (0, 1.0)
    status.connected(7.0)
    assert (status.reconnects, status.connected_s) == (1, 7.0)


def test_gaps_add_up() -> None:
    status = Status("feed.example", 0.0)
    status.missed(0.5)
    status.missed(1.25)
    assert (status.gaps, status.gap_seconds) == (2, 1.75)


@pytest.mark.parametrize("state", State)
def test_it_is_connected_while_values_can_come(state: State) -> None:
    assert Status("feed.example", 0.0, state=state).is_connected is (state in (State.LIVE, State.HANDOVER))
