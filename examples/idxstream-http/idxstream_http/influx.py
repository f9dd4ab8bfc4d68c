"""`-f influx`: line protocol, as InfluxDB documents it.

index,index_id=IDX_REFRATE_PRIMKT_BTC_USD value=67401.10 1732128782000000100
"""

from datetime import UTC, datetime

from coinapi_idx_cli.plugin import Batch, Format, FormatContext, UsageError, value_texts

MEASUREMENT = "index"
SPECIAL = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ ", "\n": r"\n"})


class Influx(Format):
    """One point for each value, with the feed's time in nanoseconds."""

    name = "influx"
    summary = "InfluxDB's line protocol"
    suffixes = ("lp",)
    is_text = True

    def __init__(self, context: FormatContext) -> None:
        super().__init__(context)
        if context.fields:
            raise UsageError("-f influx always writes the same fields", "leave --fields out")
        self._measurement = str(context.settings.get("measurement", MEASUREMENT)).translate(SPECIAL)

    def encode(self, batch: Batch) -> bytes:
        lines = []
        for value, number in zip(batch.values, value_texts(batch.texts), strict=True):
            time_ns = nanoseconds(value.time_coinapi)
            if time_ns is None:  # no time, no point: the time of receipt is better than losing the value
                time_ns = batch.time_received_ns
            tags = f"{self._measurement},index_id={value.index_id.translate(SPECIAL)}"
            lines.append(f"{tags} value={number} {time_ns}\n")
        return "".join(lines).encode()


def nanoseconds(text: str) -> int | None:
    """`2024-11-20T19:13:02.0000001Z` as nanoseconds since 1970. None for anything that is not a UTC time."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    try:
        whole = int(datetime.fromisoformat(seconds).replace(tzinfo=UTC).timestamp())
        return whole * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))
    except ValueError:
        return None
