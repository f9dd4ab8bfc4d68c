"""`--report` into a FIFO: it never waits without an end for a reader that is not there, or does not read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.doctor import report_file
from coinapi_idx_cli.cli.doctor.report_file import report_path, write_report
from coinapi_idx_cli.errors import OutputError
from tests.harness import Stream, run

LARGE = "a line of a report\n" * 20_000  # more than a pipe takes at once


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_without_a_reader_it_is_an_error(fifo: Path) -> None:
    done = run("doctor", "--url", "ws://127.0.0.1:1", "--rest-url", "http://127.0.0.1:1", "--report", str(fifo))
    assert done.process.returncode == 6
    assert f"cannot write the report {fifo}: nobody reads from it; start its reader first" in done.err.lines[-1]


def test_a_reader_gets_all_of_it(fifo: Path) -> None:
    descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)  # else it would wait for the writer
    os.set_blocking(descriptor, True)
    other_writer = os.open(fifo, os.O_WRONLY)  # without one it would be at its end already
    reader = Stream(os.fdopen(descriptor, "rb"))
    write_report(report_path(fifo), LARGE)
    os.close(other_writer)
    assert reader.wait_for(20_000) == LARGE.splitlines()


def test_a_reader_that_does_not_read_is_given_up(fifo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_file, "PATIENCE_S", 0.05)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OutputError, match=r"its reader took nothing for 0\.05 s"):
            write_report(report_path(fifo), LARGE)
    finally:
        os.close(reader)
