"""What the table and --stats show of a run."""

from __future__ import annotations

from coinapi_idx_cli.protocol.status import State, Status


def test_a_state_is_shown_in_words() -> None:
    status = Status("host:443", 0.0)
    shown = []
    for state in State:
        status.state = state
        shown.append(f"{status.state}")
    assert shown == ["connecting", "live", "handing over", "waiting", "stopping"]


def test_connections_lack_only_where_more_than_one_is_wanted() -> None:
    status = Status("h", 0.0)
    assert not status.lacks_connections
    status.wanted_connections = 2
    assert status.lacks_connections
    status.live_connections = 2
    assert not status.lacks_connections
