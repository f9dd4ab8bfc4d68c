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
