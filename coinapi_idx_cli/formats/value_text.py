"""Values for people and shells: the number alone, or of several indexes each behind its id."""

from __future__ import annotations

from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.value_texts import value_texts


class ValueText(Format):
    """The very text of each value, with its id and a tab in front where ids are wanted."""

    name = "text"
    summary = "the value, or ID, tab, value"
    is_text = True

    def __init__(self, context: FormatContext, *, with_ids: bool) -> None:
        super().__init__(context)
        self._with_ids = with_ids

    def encode(self, batch: Batch) -> bytes:
        numbers = value_texts(batch.texts)
        if self._with_ids:
            numbers = [f"{value.index_id}\t{text}" for value, text in zip(batch.values, numbers, strict=True)]
        return "".join(f"{line}\n" for line in numbers).encode()
