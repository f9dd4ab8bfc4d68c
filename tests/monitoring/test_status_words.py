"""The state of a run in words, where a wrong one would send somebody looking."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.monitoring.status_words import is_stale, state_words
from coinapi_idx_cli.protocol.status import State, Status


@pytest.mark.parametrize(("connected_s", "silent_s", "stale"), [(0.0, 9.0, False), (8.0, 9.0, True), (8.0, 1.0, False)])
def test_only_the_silence_of_a_connection_makes_it_stale(connected_s: float, silent_s: float, stale: bool) -> None:
    """Nothing came before there was one, either."""
    status = Status("feed.example", 0.0, state=State.LIVE, connected_s=100.0 - connected_s)
    assert is_stale(status, 100.0, silent_s) is stale
    assert state_words(status, 100.0, silent_s) == ("stale, silent for 9s" if stale else "live")
