"""Several outputs of one run: each gets every value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch


class SeveralOutputs(Output):
    """Passes everything on to each of its outputs. The slowest holds the feed back, the first that fails ends the run.

    When one fails the others still get what it failed to take, and are written out before its error ends the run.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)
        self._opened: list[Output] = []
        self._failed: list[Output] = []
        self._unfinished: list[Output] = []
        self._failure: BaseException | None = None  # to be raised when the others are written out
        self.nap_s = min(output.nap_s for output in outputs)  # somebody may wait for what one of them writes
        self.sinks = tuple(sink for output in outputs for sink in output.sinks)

    @property
    def pending_bytes(self) -> int:
        return max(output.pending_bytes for output in self._outputs)

    @property
    def slow_one(self) -> str:
        return max(self._outputs, key=lambda output: output.pending_bytes).slow_one

    def open(self) -> None:
        """Raises what the first one that cannot be opened raises; those after it are not opened."""
        for output in self._outputs:
            self._opened.append(output)
            output.open()
        self.shows_warnings = any(output.shows_warnings for output in self._outputs)

    def write(self, batch: Batch) -> None:
        self._raise_first(self._call(self._outputs, lambda output: output.write(batch)))

    def reopen(self) -> None:
        self._raise_first(self._call(self._outputs, lambda output: output.reopen()))

    def next_due_s(self) -> float:
        return min(output.next_due_s() for output in self._outputs)

    def tick(self, now: float) -> None:
        due = [output for output in self._outputs if now >= output.next_due_s()]
        self._raise_first(self._call(due, lambda output: output.tick(now)))

    def finish(self, timeout_s: float) -> bool:
        """Each has its share of the time, so that one slow reader does not keep the others from being written out."""
        self._unfinished = []

        def finish_one(output: Output) -> None:
            if not output.finish(timeout_s / len(self._outputs)):
                self._unfinished.append(output)

        failure = self._call(self._opened, finish_one)
        self._failure = self._failure or failure
        if not self._unfinished:
            self._raise_first(self._failure)
        return not self._unfinished

    def unwritten(self) -> str:
        return "; ".join(output.unwritten() for output in self._unfinished)

    def close(self) -> None:
        failed, self._failed = self._failed, []
        failure = self._call([output for output in self._opened if output not in failed], lambda output: output.close())
        for output in failed:
            with suppress(IdxstreamError):  # it was reported when it failed
                output.close()
        self._raise_first(self._failure or failure)

    def _call(self, outputs: Sequence[Output], call: Callable[[Output], None]) -> BaseException | None:
        """For each that has not failed yet. Returns the first error."""
        failure: BaseException | None = None
        for output in outputs:
            if output in self._failed:
                continue
            try:
                call(output)
            except BaseException as error:  # noqa: BLE001 - raised when the others had their turn
                self._failed.append(output)
                failure = failure or error
        return failure

    def _raise_first(self, failure: BaseException | None) -> None:
        if failure is not None:
            self._failure = None
            raise failure
