"""Index messages as a feed could send them, for hypothesis."""

from __future__ import annotations

import json

from hypothesis import strategies as st

# What has a meaning in JSON stands close together.
texts = st.text(st.sampled_from('",\r\n\\ a1{}:[]\0\u2028é') | st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.one_of(
    st.sampled_from(["1e5", "1E+2", "67401.10", "-0.0", "-0", "12345678901234567890.5", "5e-324", "0.1e1", "1e-400"]),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,30}", fullmatch=True),
)
other_fields = st.sampled_from(
    ['"x":{"value":7}', '"x":[{"value":7}]', r'"a\"value":7', '"value ":7', r'"x":"\ud800"', '"x":"\\"value\\":7"']
)
value_names = st.sampled_from(['"value"', r'"v\u0061lue"'])
space = st.sampled_from(["", " ", "\n\t"])


@st.composite
def index_messages(draw: st.DrawFn) -> bytes:
    """Fields in any order, others among them, white space between them."""
    fields = [
        '"type":"index"',
        f'"index_id":{json.dumps(draw(texts), ensure_ascii=draw(st.booleans()))}',
        f'"time_coinapi":{json.dumps(draw(texts))}',
        f"{draw(value_names)}{draw(space)}:{draw(space)}{draw(numbers)}",
        *draw(st.lists(other_fields, max_size=2)),
    ]
    return ("{" + f"{draw(space)},".join(draw(st.permutations(fields))) + "}").encode()
