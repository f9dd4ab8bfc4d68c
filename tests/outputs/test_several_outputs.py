"""Several outputs as one: what one of them fails to do keeps the others from nothing."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.errors import OutputError
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.outputs.several_outputs import SeveralOutputs
from coinapi_idx_cli.protocol.batch import Batch


class Recorded(Output):
    """Keeps what is asked of it. `fails_at` names the call that fails; it is done after so many calls of `finish`."""

    def __init__(self, name: str, *, fails_at: str = "", done_after: int = 1) -> None:
        self.name = name
        self.calls: list[str] = []
        self._fails_at = fails_at
        self._done_after = done_after

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self._fails_at:
            raise OutputError(f"{self.name} failed")

    def open(self) -> None:
        self._call("open")

    def write(self, batch: Batch) -> None:
        self._call("write")

    def finish(self, timeout_s: float) -> bool:
        self._call("finish")
        self._done_after -= 1
        return self._done_after <= 0

    def unwritten(self) -> str:
        return f"{self.name} is not written out"

    def close(self) -> None:
        self._call("close")


def test_those_after_one_that_fails_get_the_batch_and_are_finished() -> None:
    first, second = Recorded("first", fails_at="write"), Recorded("second")
    outputs = SeveralOutputs([first, second])
    outputs.open()
    with pytest.raises(OutputError, match="first failed"):
        outputs.write(Batch(0))
    assert outputs.finish(0.0)
    outputs.close()
    assert first.calls == ["open", "write", "close"]
    assert second.calls == ["open", "write", "finish", "close"]


def test_one_that_fails_at_the_end_is_reported_when_the_others_are_finished() -> None:
    outputs = SeveralOutputs([Recorded("first", fails_at="finish"), Recorded("second", done_after=3)])
    outputs.open()
    assert not outputs.finish(0.0)
    assert outputs.unwritten() == "second is not written out"
    assert not outputs.finish(0.0)
    with pytest.raises(OutputError, match="first failed"):
        outputs.finish(0.0)
    outputs.close()


def test_one_that_fails_at_the_end_is_reported_also_when_there_is_no_time_for_the_others() -> None:
    outputs = SeveralOutputs([Recorded("first", fails_at="finish"), Recorded("second", done_after=3)])
    outputs.open()
    assert not outputs.finish(0.0)
    with pytest.raises(OutputError, match="first failed"):
        outputs.close()


def test_those_that_were_opened_are_closed_when_one_cannot_be_opened() -> None:
    first, second, third = Recorded("first"), Recorded("second", fails_at="open"), Recorded("third")
    outputs = SeveralOutputs([first, second, third])
    with pytest.raises(OutputError, match="second failed"):
        outputs.open()
    assert outputs.finish(0.0)
    outputs.close()
    assert first.calls == ["open", "finish", "close"]
    assert third.calls == []
