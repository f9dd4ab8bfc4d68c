"""The fields of values and bars of the past, as batches whose texts are their JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from coinapi_idx_cli.history.items import HistoryItem
from coinapi_idx_cli.protocol.batch import Batch, IndexValue

SOURCE = "rest"
VALUE_FIELDS = ("time_coinapi", "index_id", "value", "source")
BAR_FIELDS = (
    "index_id", "time_start", "time_end", "open", "high", "low", "close", "count", "complete", "source",
)  # fmt: skip


def batch_of(pairs: Sequence[tuple[str, HistoryItem]]) -> Batch:
    """Index ids and their items. It bears the time of the first item, by which files are named."""
    values = [IndexValue("index", index_id, item.time, item.number) for index_id, item in pairs]
    texts = [_bar(index_id, item) if item.end else _value(index_id, item) for index_id, item in pairs]
    return Batch(pairs[0][1].time_ns, values, texts)


def _value(index_id: str, item: HistoryItem) -> bytes:
    name = orjson.dumps(index_id)
    start = b'{"type":"index","index_id":%b,"time_coinapi":"%b"' % (name, item.time.encode())
    return start + b',"value":%b,"source":"%b"}' % (item.numbers[0], SOURCE.encode())


def _bar(index_id: str, item: HistoryItem) -> bytes:
    name = orjson.dumps(index_id)
    start = b'{"type":"bar","index_id":%b,"time_start":"%b","time_end":"%b"' % (
        name, item.time.encode(), item.end.encode(),
    )  # fmt: skip
    numbers = b',"open":%b,"high":%b,"low":%b,"close":%b,"count":%b' % item.numbers
    return start + numbers + b',"complete":true,"source":"%b"}' % SOURCE.encode()
