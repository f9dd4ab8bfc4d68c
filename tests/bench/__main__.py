"""`make bench`: idxstream beside its peers, on this machine, as one table. Asserts nothing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench.comparisons import Row
from tests.bench.figures import GROUPS, Sizes
from tests.bench.report import circumstances, table, with_section

SPEED = Path(__file__).parent.parent.parent / "docs" / "speed.md"
STALL_S = 12.0


def main() -> None:
    asked = arguments()
    sizes = Sizes(asked.messages, asked.seconds, STALL_S)
    rows = [row for group in asked.only for row in measured(group, sizes, asked.rounds)]
    print(section := report(rows, sizes, asked.rounds))
    if asked.markdown is not None:
        asked.markdown.write_text(section)
    if asked.into_docs:
        SPEED.write_text(with_section(SPEED.read_text(), section))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=")
    add = parser.add_argument
    add("--only", type=groups, default=list(GROUPS), metavar="GROUP,…", help=f"some of {', '.join(GROUPS)}")
    add("--rounds", type=int, default=5, help="pairs of runs; more for starts, fewer for CPU and memory; %(default)s")
    add("--messages", type=int, default=500_000, help="of a run at full speed; %(default)s")
    add("--seconds", type=float, default=2.0, help="that a run at a given pace takes; %(default)s")
    add("--markdown", type=Path, metavar="FILE", help="write the table there too")
    add("--into-docs", action="store_true", help="put the table into docs/speed.md")
    return parser.parse_args()


def groups(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in GROUPS:
            raise argparse.ArgumentTypeError(f"there is no group {name}; there are {', '.join(GROUPS)}")
    return names


def measured(group: str, sizes: Sizes, rounds: int) -> list[Row]:
    return [row for experiment in GROUPS[group](sizes) for row in experiment.rows(rounds, tell)]


def tell(text: str) -> None:
    """On stderr: stdout is for the table."""
    print(text, file=sys.stderr)


def report(rows: list[Row], sizes: Sizes, rounds: int) -> str:
    how = (
        f"Messages of about 130 bytes over loopback, {sizes.messages:,} in a run at full speed. Medians (least to "
        f"most) of about {rounds} pairs of runs, one after the other; the ratio is the median of the pairs' ratios."
    )
    return f"{circumstances()}.\n{how}\n\n{table(rows)}"


if __name__ == "__main__":
    main()
