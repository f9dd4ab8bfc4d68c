"""Whatever frames a server sends, and however its bytes are cut: read as by the RFC, and as by the library."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.transport.frame_streams import compare, streams

STREAMS_A_SEED = 500


@pytest.mark.parametrize("seed", [1, 2])
def test_every_stream_is_read_as_the_other_readers_read_it(seed: int) -> None:
    ends = {compare(stream, cuts) for stream, cuts in islice(streams(seed), STREAMS_A_SEED)}
    assert ends == {"open", "close", "error"}
