"""From what `history` was asked for to its exit code."""

from __future__ import annotations

import time
from collections.abc import Iterator

from coinapi_idx_cli.cli.history.gap_stretches import FilledStretches
from coinapi_idx_cli.cli.history.progress import HistoryProgress, Silent, progress_of
from coinapi_idx_cli.cli.history.settings import HistorySettings
from coinapi_idx_cli.cli.history.stops import StoppedBySignal, Stops
from coinapi_idx_cli.cli.history.writer import HistoryWriter
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import ExitCode, OutputError, UsageError
from coinapi_idx_cli.history.calls import Caller, Spent
from coinapi_idx_cli.history.held import HeldRecord
from coinapi_idx_cli.history.items import HistoryItem
from coinapi_idx_cli.history.page_plan import Ask, Capped, LostItems
from coinapi_idx_cli.history.series import all_items
from coinapi_idx_cli.history.work_left import calls_expected, items_expected, not_held, still_wanted
from coinapi_idx_cli.protocol.times import NS, utc_text
from coinapi_idx_cli.wording import plural


def run_history(settings: HistorySettings, reporter: Reporter) -> int:
    """Returns the exit code. Raises UsageError for what would cost too much, what the server says, OutputError."""
    stops = Stops()
    with stops.caught():
        writer = HistoryWriter(settings, reporter, stops)
        try:
            held = writer.open()
            run = _Run(settings, reporter, stops, writer, held)
            return run.code()
        finally:
            writer.close()


class _Run:
    """What one run does once its output is open."""

    def __init__(
        self, settings: HistorySettings, reporter: Reporter, stops: Stops, writer: HistoryWriter, held: HeldRecord
    ) -> None:
        self._settings = settings
        self._reporter = reporter
        self._stops = stops
        self._writer = writer
        self._held = held
        self._progress: HistoryProgress = Silent()
        self._wanted = still_wanted(settings.ids, settings.stretches, held, settings.spacing_s)
        self._filled = FilledStretches(self._wanted)
        self._caller = Caller(
            settings.server, settings.period, reporter.notice, self._before_a_call, stops.during, stops.sleep
        )

    def code(self) -> int:
        began_s = time.monotonic()
        expected = self._check_cost()
        try:
            self._check_begin()
            with progress_of(
                self._wanted, expected, self._caller.spent, self._writer, self._reporter
            ) as self._progress:
                for index_id, item in self._items():
                    self._writer.add(index_id, item)
                    self._filled.note(index_id, item.time_ns)
            self._writer.finish()
        except StoppedBySignal:
            self._writer.flush()
            self._writer.finish()
            self._summary(began_s, "stopped; with -o FILE the same command goes on from here: ")
            return self._stops.exit_code
        except BaseException:
            self._writer.flush()
            raise
        finally:
            self._caller.close()
        for line in self._filled.empty_ones():
            self._reporter.notice(line)
        self._summary(began_s)
        return ExitCode.OK

    def _items(self) -> Iterator[tuple[str, HistoryItem]]:
        settings = self._settings
        return all_items(
            self._wanted, self._caller, settings.page_size, settings.spacing_s, settings.now_ns, self._tell
        )

    def _check_cost(self) -> int:
        """The calls that it will take."""
        settings = self._settings
        spacing_s = settings.spacing_s
        calls, items = calls_expected(self._wanted, spacing_s), items_expected(self._wanted, spacing_s)
        if calls > settings.max_calls:
            what = f"this takes {calls:,} calls, 100 bars each" if spacing_s else f"this takes about {calls:,} calls"
            count = f"{items:,} bars" if spacing_s else f"{items:,} values, if there is one a second"
            raise UsageError(
                f"{what} ({count}), and --max-calls is {settings.max_calls:,}",
                "raise --max-calls, or ask for less",
            )
        return calls

    def _before_a_call(self) -> None:
        """What has come is written before anything else is asked for: a kill costs one answer at most."""
        self._writer.flush()
        self._progress.show(self._writer.last_ns)
        spent = self._caller.spent
        if self._settings.period is None and spent.calls >= self._settings.max_calls:
            raise UsageError(
                f"{spent.calls:,} calls are spent, as many as --max-calls allows",
                "raise --max-calls; with -o FILE the same command goes on from here",
            )

    def _check_begin(self) -> None:
        """Raises OutputError where the file lacks what comes before what it holds: something else was asked for."""
        if self._held.last_second is None:
            return
        lacking = not_held(self._settings.ids, self._settings.stretches, self._held)
        for index_id, stretches in lacking.items():
            for begin, end in stretches:
                ask = Ask(begin // NS, -(-end // NS), 1)
                if self._caller.ask(index_id, ask).items:
                    what = f"{self._held.path} lacks {index_id} from {utc_text(begin)} on, which is asked for now"
                    raise OutputError(what, "name another file, or give the --since and the ids that it was made with")

    def _tell(self, index_id: str, note: LostItems | Capped) -> None:
        if isinstance(note, Capped):
            self._reporter.notice(
                f"the server gives {note.given:,} items at once, not the {note.asked:,} that were asked for"
            )
            return
        second = utc_text(note.second * NS)[:-11]
        self._reporter.warning(
            f"{index_id}: the server gives no more than {note.given:,} values of {second}Z at once; "
            "if there are more, they are missing"
        )

    def _summary(self, began_s: float, begin: str = "") -> None:
        spent, writer = self._caller.spent, self._writer
        noun = "bar" if self._settings.period is not None else "value"
        parts = [_cost(spent), f"{time.monotonic() - began_s:.1f} s"]
        if spent.left_out:
            parts.append(f"{plural(spent.left_out, 'item')} without a time or a number left out")
        if self._held.lines:
            parts.append(f"{self._held.lines:,} were there already")
        self._reporter.notice(f"{begin}{plural(writer.count, noun)}; {'; '.join(parts)}")


def _cost(spent: Spent) -> str:
    limit = f" ({spent.limit})" if spent.limit else ""
    return f"{plural(spent.calls, 'call')} in {plural(spent.requests, 'request')}{limit}"
