"""Values as a feed could send them, and what our formats make of them: for tests that read lines back."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.formats.builtin.csv import Csv
from coinapi_idx_cli.formats.builtin.ndjson import Ndjson
from coinapi_idx_cli.formats.fields import ADDED_FIELDS
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import decode

FORMATS: tuple[type[Format], ...] = (Csv, Ndjson)
IDENTITY = ("index_id", "time_coinapi", "value")
WITH_ALL_FIELDS = b'{"type":"index","index_id":"IDX_A","time_coinapi":"t","value":1,"sequence":1,"extra":1}'
RECEIVED_NS = 1_763_752_382_123_456_789

# What has a meaning in CSV or JSON stands close together.
texts = st.text(st.sampled_from('",\r\n\\ a1{}:[]\0\u2028é') | st.characters(exclude_categories=["Cs"]), max_size=12)
number_texts = st.one_of(
    st.sampled_from(
        ["1e5", "1E+2", "67401.10", "0.00000012", "-0.0", "-0", "12345678901234567890.5", "5e-324", "0.1e1", "1e-400"]
    ),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,30}", fullmatch=True),
)
unknown_contents = st.sampled_from(
    ["1e999", "null", "true", "7", '"a,\\"b"', '{"value":[1,{}]}', '"\\n"', "[1.50,-1E999]"]
)


@st.composite
def messages(draw: st.DrawFn, ids: st.SearchStrategy[str] = texts, times: st.SearchStrategy[str] = texts) -> bytes:
    """One `index` message, its fields in any order, with others among them."""
    fields = [
        '"type":"index"',
        f'"index_id":{json.dumps(draw(ids), ensure_ascii=draw(st.booleans()))}',
        f'"time_coinapi":{json.dumps(draw(times))}',
        f'"value":{draw(number_texts)}',
    ]
    fields += [f'"{name}":{draw(unknown_contents)}' for name in draw(st.sets(st.sampled_from(["sequence", "extra"])))]
    return ("{" + ",".join(draw(st.permutations(fields))) + "}").encode()


@st.composite
def selections(draw: st.DrawFn) -> tuple[str, ...] | None:
    """What --fields may ask for where a line has to tell which value it is; None: nothing was asked for."""
    others = draw(st.sets(st.sampled_from(["type", *ADDED_FIELDS, "sequence", "extra"])))
    return draw(st.none() | st.permutations([*IDENTITY, *sorted(others)]).map(tuple))


class Written:
    """A format, and what it makes of batches as a sink would collect it: `data` begins with the head."""

    def __init__(
        self,
        kind: type[Format],
        fields: tuple[str, ...] | None = None,
        *,
        header: bool = True,
        include: frozenset[str] = frozenset(),
    ) -> None:
        self.format = kind(FormatContext(fields=fields, header=header, include=include))
        self.data = self.format.head()

    def write(self, batch: Batch) -> None:
        self.data += self.format.encode(batch)


def batches_of(reads: list[list[bytes]]) -> list[Batch]:
    return [decode(frames, RECEIVED_NS + number).batch for number, frames in enumerate(reads)]


def lines_in(data: bytes) -> list[bytes]:
    """As a file is cut into lines: without their ends."""
    return data.split(b"\n")[:-1]
