from __future__ import annotations

from collections.abc import Iterator

import pytest

from coinapi_idx_cli.simulator import Simulator


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator that publishes only what the test tells it to."""
    with Simulator(rate=0, record=True) as simulator:
        yield simulator
