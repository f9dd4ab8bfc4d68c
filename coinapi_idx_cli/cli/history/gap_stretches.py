"""--gaps: the stretches that a record of gaps names, and what is said of those that cannot be filled."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from coinapi_idx_cli.cli.history.settings import on_the_grid
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.history.gap_lines import fillable
from coinapi_idx_cli.history.period import Period
from coinapi_idx_cli.history.series import Wanted
from coinapi_idx_cli.paths import expanded
from coinapi_idx_cli.protocol.stretches import Stretch
from coinapi_idx_cli.protocol.times import utc_text
from coinapi_idx_cli.wording import plural

SHOWN = 10
LONGEST_LINE_BYTES = 1 << 20
NAME_A_RECORD = "name a .gaps.ndjson"


def gap_stretches(path: str, period: Period | None, now_ns: int, reporter: Reporter) -> list[Stretch]:
    """Raises UsageError for a file that cannot be read, or has nothing to be filled."""
    found = fillable(_lines(path))
    for text in found.unclear[:SHOWN]:
        reporter.warning(f"{path}: {text}")
    _say(found.too_short, "are too short, too", reporter)
    stretches = [(on_the_grid(begin, period), min(end, now_ns)) for begin, end in found.stretches]
    stretches = [(begin, end) for begin, end in stretches if begin < end]
    if not stretches:
        reporter.notice(f"{path}: {plural(found.gaps, 'gap')}, none of which can be filled")
    return stretches


class FilledStretches:
    """Which stretches got an item, of each index."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self._stretches = {one.index_id: one.stretches for one in wanted}
        self._begins = {one.index_id: [begin for begin, _ in one.stretches] for one in wanted}
        self._filled = {(one.index_id, 0) for one in wanted if one.known}

    def note(self, index_id: str, time_ns: int) -> None:
        """An item came."""
        if index_id in self._begins:
            self._filled.add((index_id, bisect_right(self._begins[index_id], time_ns) - 1))

    def empty_ones(self) -> Iterator[str]:
        """A line for each that got none; of many the first ones."""
        empty = [
            (index_id, stretch)
            for index_id, stretches in self._stretches.items()
            for position, stretch in enumerate(stretches)
            if (index_id, position) not in self._filled
        ]
        for index_id, (begin, end) in empty[:SHOWN]:
            yield f"the history has nothing of {index_id} from {_second(begin)} to {_second(end)}"
        if (more := len(empty) - SHOWN) > 0:
            yield f"nor of {plural(more, 'more stretch')}"


def _lines(path: str) -> Iterator[bytes]:
    """Raises UsageError, also for what has no lines, such as a device that never ends."""
    try:
        with expanded(path).open("rb") as file:
            while line := file.readline(LONGEST_LINE_BYTES):
                if len(line) == LONGEST_LINE_BYTES:
                    raise UsageError(
                        f"--gaps {path} holds a line of more than 1 MiB, as no record of gaps does", NAME_A_RECORD
                    )
                yield line.removesuffix(b"\n")
    except OSError as error:
        raise UsageError(f"cannot read --gaps {path}: {error.strerror}", NAME_A_RECORD) from error


def _say(lines: Sequence[str], more: str, reporter: Reporter) -> None:
    for text in lines[:SHOWN]:
        reporter.notice(f"{text}: it cannot be filled")
    if len(lines) > SHOWN:
        reporter.notice(f"{plural(len(lines) - SHOWN, 'more gap')} {more}")


def _second(time_ns: int) -> str:
    return f"{utc_text(time_ns)[:-11]}Z"
