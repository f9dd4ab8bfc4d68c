"""A real node_exporter on a free port, with nothing but the textfile collector."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from re import search

from tests.harness import Stream

COMMAND = (
    "prometheus-node-exporter",
    "--collector.disable-defaults",
    "--collector.textfile",
    "--web.disable-exporter-metrics",
    "--web.listen-address=127.0.0.1:0",
)


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """The address of its metrics."""
    process = subprocess.Popen(
        [*COMMAND, f"--collector.textfile.directory={folder}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"},
    )
    assert process.stderr is not None
    told = Stream(process.stderr)
    try:
        found = search(r"address=(127\.0\.0\.1:\d+)", told.wait_until(r'Listening on" address'))
        assert found is not None
        yield f"http://{found[1]}/metrics"
    finally:
        process.kill()
        process.wait()


def scraped(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        return str(answer.read().decode())
