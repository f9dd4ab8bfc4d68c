"""A format and a sink, joined."""

from __future__ import annotations

import os
import time

import pytest

from coinapi_idx_cli.formats.base import FormatContext
from coinapi_idx_cli.formats.builtin.csv import Csv
from coinapi_idx_cli.outputs.encoded_output import EncodedOutput
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.messages import decode
from coinapi_idx_cli.sinks.stream import StreamSink

VALUE = b'{"type":"index","index_id":"IDX_secret","time_coinapi":"2025-11-21T19:13:02.0000001Z","value":1.50}'


def test_secrets_are_taken_out_and_the_head_goes_out_with_the_first_line() -> None:
    read, write = os.pipe()
    os.set_blocking(read, False)
    output = EncodedOutput(Csv(FormatContext()), StreamSink(write), lambda data: data.replace(b"secret", b"***"))
    output.open()
    output.write(Batch(time.time_ns()))
    with pytest.raises(BlockingIOError):
        os.read(read, 100)
    output.write(decode([VALUE], time.time_ns()).batch)
    assert os.read(read, 100) == b"time_coinapi,index_id,value\n2025-11-21T19:13:02.0000001Z,IDX_***,1.50\n"
    output.close()
    os.close(read)
    os.close(write)
