"""From what is to be written to the output: the rules for the end, counts, gaps and warnings."""

from __future__ import annotations

import time

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.continuity import Flow
from coinapi_idx_cli.protocol.gap import Gap, OpenGap
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopWatch
from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.session.clock import Clock
from coinapi_idx_cli.wording import plural, time_taken


class FlowWriter:
    """Writes flows, up to where the run is to stop.

    `why_lost`: the reason of the gaps, in words and without a secret. `overlap`: the two connections that warnings are
    about.
    """

    def __init__(self, stop: StopWatch, output: Output, status: Status, journal: Journal, clock: Clock) -> None:
        self.why_lost = ""
        self.overlap = {"from": 0, "to": 0}
        self._stop = stop
        self._output = output
        self._status = status
        self._journal = journal
        self._clock = clock
        self._warned: set[str] = set()

    def write(self, flow: Flow) -> None:
        for batch in flow.batches:
            wanted = self._stop.wanted_part(batch, self._status.values)
            if flow.gap is not None and wanted.values:
                self._report(flow.gap)
                flow.gap = None
            self._status.values += len(wanted.values)
            for note in wanted.notes:
                self._with_reason(note)
            self._output.write(wanted)

    def pass_on(self, batch: Batch, now: float) -> None:
        """Write values that follow those before, with nothing among them. What can wait comes after."""
        wanted = self._stop.wanted_part(batch, self._status.values)
        self._status.values += len(wanted.values)
        self._output.write(wanted)
        self._stop.saw_values(now)

    def lose(self) -> None:
        """No connection is left: what comes next does not follow."""
        self._output.note_loss()

    def write_notices(self, batch: Batch) -> None:
        """Those of a batch whose values are not written now: they concern no value."""
        notices = [note for note in batch.notes if note.kind == "reconnect"]
        for note in notices:
            note.position = 0
        if notices:
            self._output.write(Batch(batch.time_received_ns, notes=notices))

    def end(self, gap: OpenGap | None) -> None:
        """The run ends; `gap`: one that no value has closed."""
        if gap is not None:
            self._report(gap)
            self._output.write(Batch(self._clock.time_ns(), notes=[self._with_reason(gap.note())]))

    def saw(self, batch: Batch, now: float) -> None:
        """A batch came, whether it is written or not."""
        if batch.values:
            self._stop.saw_values(now)

    def differing(self, count: int, what_then: str) -> None:
        """Two servers send different values of so many indexes."""
        if count:
            line = f"the two servers send different values of {plural(count, 'index')}; {what_then}"
            self.warn("sites_differ", line, indexes=count)

    def warn(self, event: str, line: str, **fields: object) -> None:
        """A warning the first time, from then on the event alone."""
        level = Level.DEBUG if event in self._warned else Level.WARNING
        self._warned.add(event)
        self._journal.record(event, level, line, **self.overlap, **fields)

    def _with_reason(self, note: Note) -> Note:
        if note.beside is not None and "reason" not in note.beside:
            note.beside["reason"] = self._reason
        return note

    @property
    def _reason(self) -> str:
        return self.why_lost or "the connections of a handover do not meet"

    def _report(self, gap: Gap | OpenGap) -> None:
        self._status.missed(gap.seconds)
        fields = {**gap.fields, "reason": self._reason}
        text = f"a gap of {gap.seconds:.3f} s: nothing was received from {fields['from']} to {fields['to']}"
        if isinstance(gap, OpenGap):
            text = f"a gap without an end: nothing was received from {fields['from']} on, for {gap.seconds:.3f} s"
        self._journal.record("gap", Level.WARNING, text, **fields)
        # For a glance: the line for stderr has too many digits.
        at = time.strftime("%H:%M:%S", time.localtime(gap.from_ns / NS))
        self._status.last_warning = f"lost {time_taken(gap.seconds)} at {at} ({self._reason})"
        self._status.last_warning_time = ""  # it says of when it is
