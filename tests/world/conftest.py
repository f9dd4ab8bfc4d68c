"""The simulator behind each public server that can stand in front of a feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.catalogue.servers import KEY
from tests.world.fronts import Front, haproxy, nginx


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(rate=0, record=True, api_key=KEY, extra_ids=1000) as simulator:
        yield simulator


@pytest.fixture(params=[nginx, haproxy])
def front(request: pytest.FixtureRequest, sim: Simulator, authority: trustme.CA, tmp_path: Path) -> Iterator[Front]:
    with ExitStack() as stack:
        yield stack.enter_context(request.param(tmp_path, authority, sim.port))
