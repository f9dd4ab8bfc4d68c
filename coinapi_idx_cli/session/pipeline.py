"""From decoded messages to the output: continuity, the rules for the end, counts."""

from __future__ import annotations

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.outputs.base import Output
from coinapi_idx_cli.protocol.batch import Batch, Note
from coinapi_idx_cli.protocol.continuity import Continuity, Flow
from coinapi_idx_cli.protocol.gap import Gap, OpenGap
from coinapi_idx_cli.protocol.messages import Decoded
from coinapi_idx_cli.protocol.status import Status
from coinapi_idx_cli.protocol.stops import StopWatch
from coinapi_idx_cli.session.clock import Clock
from coinapi_idx_cli.wording import plural

MEMORY_FULL = (
    "more values came in the last seconds than can be kept for comparison with the next connection; "
    "if that one lags further behind, older values count as written"
)
OVERLAP_FULL = "the second connection is too far ahead of the first for more to be held: it takes over"


class Pipeline:
    """What the current connection brings is written, what the next one brings is held until the two are compared.

    `writes_from` is the number of the connection whose values are written; nobody else decides that.
    """

    def __init__(
        self,
        continuity: Continuity,
        stop: StopWatch,
        output: Output,
        status: Status,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self.writes_from = 0
        self.overlaps = False  # whether the next connection is open beside it
        self._continuity = continuity
        self._stop = stop
        self._output = output
        self._status = status
        self._journal = journal
        self._clock = clock
        self._overlap = {"from": 0, "to": 0}  # the connections of the last one
        self._warned: set[str] = set()
        self._why_lost = ""

    def begin(self, number: int) -> None:
        """What that connection brings is to be written; it is not open yet."""
        self.writes_from = number

    def write(self, decoded: Decoded, now: float) -> None:
        """What the current connection brought: write what is new of it."""
        self._note_life(decoded, now)
        self._status.heartbeats += decoded.heartbeats
        self._write(self._continuity.accept(decoded.batch, now))

    def begin_overlap(self, following: int, now: float) -> None:
        """The next connection is open."""
        self.overlaps = True
        self._overlap = {"from": self.writes_from, "to": following}
        self._continuity.begin_overlap(now)

    def hold(self, decoded: Decoded, now: float) -> bool:
        """What the next connection brought: hold it. Its notice, if any, goes out at once: it concerns no value.

        False if there is no room: then that connection has to take over, and what it brought is for `write`.
        """
        self._note_life(decoded, now)
        if not self._continuity.hold(decoded.batch, now):
            self._warn("overlap_full", OVERLAP_FULL, held_bytes=self._continuity.size_bytes)
            return False
        notices = [note for note in decoded.batch.notes if note.kind == "reconnect"]
        for note in notices:
            note.position = 0
        if notices:
            self._output.write(Batch(decoded.batch.time_received_ns, notes=notices))
        return True

    def end_overlap(self) -> None:
        """The next connection is gone, the current one stays."""
        self.overlaps = False
        self._continuity.end_overlap()

    def switch_to(self, number: int, now: float) -> None:
        """The next connection is the current one now: write what it brought and the other did not."""
        self.writes_from, self.overlaps = number, False
        self._write(self._continuity.switch(now))

    def lose(self, why: str) -> None:
        """The current connection is gone, and no other is open; `why` in words, without a secret."""
        self.overlaps = False
        self._why_lost = why
        self._continuity.lose()

    def end(self, now: float) -> None:
        """The run ends: write what only the next connection brought, and report a gap that no value has closed."""
        self._write(self._continuity.switch(now))
        gap = self._continuity.end(now)
        if gap is not None:
            self._report(gap)
            self._output.write(Batch(self._clock.time_ns(), notes=[self._with_reason(gap.note())]))

    def _note_life(self, decoded: Decoded, now: float) -> None:
        if decoded.batch.values:
            self._stop.saw_values(now)

    def _write(self, flow: Flow) -> None:
        if flow.differing:
            self._warn("sites_differ", _sites_differ(flow.differing), indexes=flow.differing)
        if self._continuity.is_cut and "memory_full" not in self._warned:
            self._warn("memory_full", MEMORY_FULL)
        for batch in flow.batches:
            wanted = self._stop.wanted_part(batch, self._status.values)
            if flow.gap is not None and wanted.values:
                self._report(flow.gap)
                flow.gap = None
            self._status.values += len(wanted.values)
            for note in wanted.notes:
                self._with_reason(note)
            self._output.write(wanted)

    def _with_reason(self, note: Note) -> Note:
        if note.beside is not None and "reason" not in note.beside:
            note.beside["reason"] = self._why_lost or "the connections of a handover do not meet"
        return note

    def _warn(self, event: str, line: str, **fields: object) -> None:
        """A warning the first time, from then on the event alone."""
        level = Level.DEBUG if event in self._warned else Level.WARNING
        self._warned.add(event)
        self._journal.record(event, level, line, **self._overlap, **fields)

    def _report(self, gap: Gap | OpenGap) -> None:
        self._status.gaps += 1
        fields = gap.fields
        text = f"a gap of {gap.seconds:.3f} s: nothing was received from {fields['from']} to {fields['to']}"
        if isinstance(gap, OpenGap):
            text = f"a gap without an end: nothing was received from {fields['from']} on, for {gap.seconds:.3f} s"
        self._journal.record("gap", Level.WARNING, text, **fields)


def _sites_differ(count: int) -> str:
    indexes = plural(count, "index")
    return (
        f"the two servers of this handover send different values of {indexes}; there the series is cut by time, "
        "so one period may appear twice or be missing"
    )
