"""The settings file serves all commands, but what is meant for a live capture stays there."""

from __future__ import annotations

from pathlib import Path

from tests.harness import run_here
from tests.history.past_server import PastServer, past, values

ID = "IDX_REFRATE_PRIMKT_BTC_USD"


def test_the_files_and_the_start_of_watch_are_not_those_of_history(tmp_path: Path) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "live.csv"
    config.write_text(f'output = ["{file}"]\nsince = "start"\nids = ["{ID}"]\nheader = false\n')
    server = PastServer(**{ID: values(3)})
    with past(server):
        arguments = ("--since", "2024-09-01T00:00:00Z", "--until", "2024-09-01T00:01:00Z", "-f", "csv")
        ended = run_here("history", *arguments, "--rest-url", server.url, "--config", str(config))
    assert (ended.code, ended.out.count("\n")) == (0, 3)
    assert not file.exists()
