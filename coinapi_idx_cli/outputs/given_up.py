"""What a run that took a file over had no time to write, as a gap in the record beside the file.

While the file is another run's, nothing is given up: that run writes what it receives itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.gap import Gap
from coinapi_idx_cli.wording import plural


def given_up(batches: Iterable[Batch]) -> list[dict[str, object]]:
    """One gap from the first value to the last one, or none."""
    with_values = [batch for batch in batches if batch.values]
    if not with_values:
        return []
    first, last, count = with_values[0], with_values[-1], sum(len(batch.values) for batch in with_values)
    gap: dict[str, object] = {
        "kind": "not_written",
        **Gap(first.time_received_ns, last.time_received_ns).fields,
        "time_coinapi_from": first.values[0].time_coinapi,
        "time_coinapi_to": last.values[-1].time_coinapi,
        "values": count,
        "reason": f"the run ended before {plural(count, 'value')} received while it waited could be written",
    }
    return [gap]
