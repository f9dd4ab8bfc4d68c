"""The generated tests for as long as one likes: python -m tests.fuzz --seconds 3600 --seed 1

CI runs the same generators and the same checks for some seconds, with seeds of their own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import Any

import hypothesis

import tests.conftest  # noqa: F401 - for what the programs that are started inherit
from tests.cli.watch.capture.chains import run_chain
from tests.cli.watch.odd_runs import run_through
from tests.formats import test_read_back
from tests.protocol import json_mutations, test_continuity_proof
from tests.sinks.files import test_comparison
from tests.transport import frame_streams, test_frames

AT_ONCE = 1000
EXAMPLES = 300  # of a property, between two looks at the clock

# Checks some cases of a seed, and tells how many, again and again. Raises AssertionError.
Kind = Callable[[int], Iterator[int]]


def messages(seed: int) -> Iterator[int]:
    """Mutated messages against a second reader."""
    numbered = enumerate(json_mutations.mutated(seed))
    while True:
        for number, raw in islice(numbered, AT_ONCE):
            json_mutations.compare(raw, number)
        yield AT_ONCE


def frames(seed: int) -> Iterator[int]:
    """Streams of frames, cut anywhere, against the RFC's rules and websocket-client."""
    generated = frame_streams.streams(seed)
    while True:
        for stream, cuts in islice(generated, AT_ONCE // 10):
            frame_streams.compare(stream, cuts)
        yield AT_ONCE // 10


def runs(seed: int) -> Iterator[int]:
    """Mutated messages through real runs, into ndjson and csv."""
    for number in count():
        yield run_through(seed * 1_000_000 + number, 20 * AT_ONCE).total()


def chains(seed: int) -> Iterator[int]:
    """Values through chains of real runs that take a file over from each other."""
    for number in count():
        yield run_chain(seed * 1_000_000 + number, takeovers=4)


def properties(*tests: Callable[..., None]) -> Kind:
    """Tests by hypothesis, with examples of their own at each turn."""

    def check(seed: int) -> Iterator[int]:
        made = [_Counted(test) for test in tests]
        for number in count():
            for test in made:
                yield test.run(seed * 1_000_000 + number)

    return check


class _Counted:
    def __init__(self, test: Any) -> None:
        self._inner = test.hypothesis.inner_test
        self._examples = 0
        test.hypothesis.inner_test = self._count
        chosen = hypothesis.settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        test._hypothesis_internal_use_settings = chosen  # what the decorator sets, and refuses to set a second time
        self._test = test

    def run(self, seed: int) -> int:
        self._examples = 0
        hypothesis.seed(seed)(self._test)()
        return self._examples

    def _count(self, *arguments: object, **named: object) -> None:
        self._examples += 1
        self._inner(*arguments, **named)


KINDS: dict[str, Kind] = {
    "messages": messages,
    "frames": frames,
    "frame cuts": properties(
        test_frames.test_frames_come_out_whole_wherever_the_bytes_are_split,
        test_frames.test_a_length_may_look_like_the_begin_of_a_frame,
    ),
    "lines": properties(
        test_read_back.test_what_was_written_is_read_back_equal,
        test_read_back.test_a_line_of_somebody_else_hides_none_of_ours,
    ),
    "takeovers": properties(
        test_comparison.test_exact_for_any_feed_any_lag_and_any_end,
        test_comparison.test_holes_in_both_runs_are_no_sign_that_the_sites_differ,
    ),
    "handovers": properties(
        test_continuity_proof.test_exact_equality_for_any_feed_any_delays_any_cut_points,
        test_continuity_proof.test_exact_equality_also_where_identities_repeat,
    ),
    "runs": runs,
    "chains": chains,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all kinds together; default 60")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument("--only", choices=KINDS, action="append", help="a kind; again for more")
    asked = parser.parse_args()
    names = asked.only or list(KINDS)
    failed = False
    for name in names:
        began_s = time.monotonic()
        cases = 0
        try:
            for more in KINDS[name](asked.seed):
                cases += more
                if time.monotonic() - began_s > asked.seconds / len(names):
                    break
        except Exception as error:  # noqa: BLE001 - the other kinds go on
            failed = True
            print(
                f"{name}, seed {asked.seed}: FAILED after {cases:,} cases: {type(error).__name__}: {error}", flush=True
            )
        else:
            print(f"{name}, seed {asked.seed}: {cases:,} cases in {time.monotonic() - began_s:.0f} s", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
