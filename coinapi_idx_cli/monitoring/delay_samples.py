"""How long values travel, for the metrics: noted in the main loop at next to no cost, read by who writes the file."""

from __future__ import annotations

from coinapi_idx_cli.protocol.times import NS, parse_utc_ns

SAMPLE_EVERY_NS = 5_000_000  # of receipt: 3,000 samples in the 15 seconds between two files


class DelayTotals:
    """Sum and count over the run, quantiles of the last samples."""

    def __init__(self) -> None:
        self.sum_s = 0.0
        self.count = 0

    def take(self, samples: list[tuple[int, str]], quantiles: tuple[float, ...]) -> dict[float, float]:
        """Count these samples, receipt and the feed's time, and tell their quantiles in seconds; none: no quantile.

        Below zero where clocks disagree.
        """
        times = ((received_ns, parse_utc_ns(sent)) for received_ns, sent in samples)
        delays = sorted((received_ns - sent_ns) / NS for received_ns, sent_ns in times if sent_ns is not None)
        self.sum_s += sum(delays)
        self.count += len(delays)
        return {each: delays[min(len(delays) - 1, int(len(delays) * each))] for each in quantiles if delays}


class DelaySamples:
    """The samples since they were taken last: of the last value of a read, one each 5 ms at most."""

    def __init__(self) -> None:
        self._samples: list[tuple[int, str]] = []
        self._next_ns = 0

    def note(self, received_ns: int, time_coinapi: str) -> None:
        if received_ns >= self._next_ns or received_ns < self._next_ns - SAMPLE_EVERY_NS:  # the clock was set back
            self._next_ns = received_ns + SAMPLE_EVERY_NS
            self._samples.append((received_ns, time_coinapi))

    def take(self) -> list[tuple[int, str]]:
        samples, self._samples = self._samples, []
        return samples
