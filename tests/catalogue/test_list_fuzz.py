"""Whatever a server sends as its list: plain ids, or a refusal in one line; what was left out is counted exactly."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coinapi_idx_cli.catalogue.answers import fetched
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import RefusedError
from coinapi_idx_cli.net.http_refusals import HttpAnswer
from coinapi_idx_cli.terminal.one_line import is_listed_id
from tests.catalogue.servers import KEY

SERVER = RestServer("https://rest.example", ApiKey(KEY))
PLAIN = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,30}", fullmatch=True)
KNOWN_ODD = ["-n", "A;B", "A B", "$(x)", "A\n", "\ud800", "x" * 300, KEY]
ODD = st.text(max_size=12) | st.sampled_from(KNOWN_ODD)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.one_of(
    st.builds(lambda index_id: {"id": index_id}, PLAIN | ODD),
    st.builds(lambda index_id, more: {"more": more, "id": index_id}, PLAIN, VALUES),
    VALUES,
)


def answer(body: bytes) -> HttpAnswer:
    return HttpAnswer(200, "OK", {}, body)


def as_json(entries: Any, *, is_ascii: bool) -> bytes:
    return json.dumps(entries, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")


@given(st.lists(PLAIN, min_size=1, max_size=8), st.lists(ODD.filter(lambda odd: not is_listed_id(odd) or odd == KEY)))
@settings(max_examples=100, deadline=None)
def test_the_plain_ones_are_kept_and_the_others_counted(plain: list[str], odd: list[str]) -> None:
    entries = [{"id": index_id} for pair in zip(plain, [*odd, *plain], strict=False) for index_id in pair]
    found = fetched(SERVER, answer(as_json(entries, is_ascii=True)), None)
    ids = [entry["id"] for entry in entries]
    kept = [index_id for index_id in ids if is_listed_id(index_id) and KEY not in index_id]
    assert found is not None
    assert found.ids == tuple(sorted(set(kept)))
    assert (found.left_out.count if found.left_out else 0) == len(ids) - len(kept)


CUTS = st.lists(st.tuples(st.integers(0), st.binary(max_size=3)), max_size=4)


@given(st.lists(ENTRIES, max_size=8), CUTS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_list_is_taken_or_refused(entries: list[Any], cuts: list[tuple[int, bytes]], is_ascii: bool) -> None:
    body = as_json(entries, is_ascii=is_ascii)
    for position, bytes_there in cuts:
        at = position % (len(body) + 1)
        body = body[:at] + bytes_there + body[at + 1 :]
    refused, found = None, None
    try:
        found = fetched(SERVER, answer(body), None)
    except RefusedError as error:
        refused = error.what
    if refused is not None:
        assert refused.isprintable()
        assert len(refused) < 500
    else:
        assert found is not None
        assert found.ids
        assert all(map(is_listed_id, found.ids))
        assert KEY not in "".join(found.ids) + str(found.left_out)
