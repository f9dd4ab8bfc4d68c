"""From decoded messages to the output: continuity, the rules for the end, counts."""

from __future__ import annotations

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.continuity import Continuity, Flow, Gap
from coinapi_idx_cli.protocol.messages import Decoded
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopWatch


class Intake:
    def __init__(
        self, continuity: Continuity, stop: StopWatch, output: Output, status: Status, journal: Journal
    ) -> None:
        self.continuity = continuity
        self._stop = stop
        self._output = output
        self._status = status
        self._journal = journal

    def take(self, decoded: Decoded, now: float) -> None:
        """What the current connection brought: write what is new of it."""
        self._status.heartbeats += decoded.heartbeats
        self._write(self.continuity.take(decoded.batch, now))

    def hold(self, decoded: Decoded) -> None:
        """What the next connection brought: hold it. Its notice, if any, goes out at once: it concerns no value."""
        self.continuity.hold(decoded.batch)
        notices = [note for note in decoded.batch.notes if note.kind == "reconnect"]
        for note in notices:
            note.position = 0
        if notices:
            self._output.write(Batch(decoded.batch.time_received_ns, notes=notices))

    def switch(self, now: float) -> None:
        """The next connection is the current one now, or the run ends: write what it brought and the other did not."""
        self._write(self.continuity.switch(now))

    def _write(self, flow: Flow) -> None:
        for batch in flow.batches:
            wanted = self._stop.take(batch, self._status.values)
            if flow.gap is not None and wanted.values:
                self._tell(flow.gap)
                flow.gap = None
            self._status.values += len(wanted.values)
            self._output.write(wanted)

    def _tell(self, gap: Gap) -> None:
        self._status.gaps += 1
        fields = gap.fields
        text = f"a gap of {fields['seconds']:.3f} s: nothing was received from {fields['from']} to {fields['to']}"
        self._journal.record("gap", Level.WARNING, text, **fields)
