"""What --bars goes with."""

from __future__ import annotations

from collections.abc import Sequence

from coinapi_idx_cli.cli.watch.destinations import Destination
from coinapi_idx_cli.errors import UsageError

FORMATS_OF_BARS = ("ndjson", "csv")


def check_bars(destinations: Sequence[Destination], *, fields: bool, include: bool, wait_lock: bool) -> None:
    """Raises UsageError for what cannot be had with bars."""
    for option, is_given in (("--fields", fields), ("--include", include), ("--wait-lock", wait_lock)):
        if is_given:
            what = f"--bars and {option} contradict each other"
            raise UsageError(what, f"leave {option} out: each line is a bar, with the fields of a bar")
    for each in destinations:
        if each.is_engine:
            what = f"--bars and --output {each.shown} contradict each other"
            raise UsageError(what, "write values to the engine, and bars where it is read")
        if each.format not in FORMATS_OF_BARS:
            raise UsageError(f"--bars does not work with -f {each.format}", "use -f ndjson or -f csv")
