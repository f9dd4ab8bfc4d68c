"""Back-pressure as an episode: held back at 16 MiB, read on at 8, over when all is written."""

from __future__ import annotations

from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.session.back_pressure import PENDING_LIMIT_BYTES, BackPressure
from coinapi_idx_cli.session.clock import SYSTEM_CLOCK
from tests.session.notebook import Notebook


class Filling(Output):
    """An output with as much pending as a test says."""

    def __init__(self) -> None:
        self.pending = 0

    @property
    def pending_bytes(self) -> int:
        return self.pending

    def open(self) -> None: ...

    def write(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


def test_one_episode_is_told_once_with_its_length() -> None:
    output, notebook = Filling(), Notebook()
    pressure = BackPressure(output, notebook, SYSTEM_CLOCK)
    held = []
    for now, pending in enumerate([0, PENDING_LIMIT_BYTES, 9 << 20, 7 << 20, PENDING_LIMIT_BYTES, 1, 0, 0]):
        output.pending = pending
        pressure.look(float(now))
        held.append(pressure.held_back)
    assert held == [False, True, True, False, True, False, False, False]
    assert len(notebook.warnings) == 1
    (event,) = notebook.events
    assert (event["event"], event["seconds"], event["pending_bytes"]) == ("backpressure", 5.0, 0)


def test_the_end_of_the_run_ends_the_episode() -> None:
    output, notebook = Filling(), Notebook()
    pressure = BackPressure(output, notebook, SYSTEM_CLOCK)
    output.pending = PENDING_LIMIT_BYTES
    pressure.look(1.0)
    pressure.end(3.5)
    pressure.end(4.0)
    assert [(event["seconds"], event["pending_bytes"]) for event in notebook.events] == [(2.5, PENDING_LIMIT_BYTES)]
