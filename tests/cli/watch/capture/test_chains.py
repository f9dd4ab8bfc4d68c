"""Runs that take a file over from each other lose, double and move nothing, however each of them ends."""

from __future__ import annotations

from tests.cli.watch.capture.chains import run_chain


def test_a_chain_of_takeovers() -> None:
    assert run_chain(seed=2, takeovers=2) > 300  # of the slowest feed, half a second before each takeover
