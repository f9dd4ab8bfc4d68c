"""docs/engine.md, run as written against a real server: with its configuration, its users and their permissions."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.documents import PAGES
from tests.engine.nats_server import NatsServer
from tests.harness import COMMAND, GENEROUS_S, environment, run_here

PAGE = PAGES["docs/engine.md"]
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    if line.startswith("idxstream ")
]
FIRST = [line for line in COMMANDS if "127.0.0.1" in line]
REST = [line for line in COMMANDS if "engine.example" in line]
(CONFIGURATION,) = re.findall(r"^```conf\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
(DATABASE,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
(UNIT,) = re.findall(r"^```ini\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_page_shows_each_way() -> None:
    assert len(FIRST) == 4
    assert len(REST) == 5


def test_the_first_look_works_as_written() -> None:
    with NatsServer() as server:
        for line in FIRST:
            ended = run_here(*shlex.split(line.replace("nats://127.0.0.1/", f"{server.url}/"))[1:])
            assert ended.code == 0, (line, ended.err)
            if "-f csv" in line:
                assert len(ended.out.splitlines()) == 101
            if "engine info" in line:
                assert "chain     whole" in ended.out


class Production:
    """The server of the page, its users' files, and a feed."""

    def __init__(self, folder: Path, server: NatsServer, feed: Simulator) -> None:
        self.folder = folder
        self.server = server
        self.feed = feed
        for user in ("admin", "capture", "reader"):
            path = folder / user
            path.write_text(f"{user}:change-me-{user}\n")
            path.chmod(0o600)

    def arguments(self, line: str) -> list[str]:
        line = line.replace("engine.example", f"localhost:{self.server.port}").replace(
            "/etc/idxstream", str(self.folder)
        )
        line = line.replace("/var/lib/idxstream-engine", str(self.folder / "spool"))
        line = line.replace("ticks.csv", str(self.folder / "ticks.csv"))
        more = ["--url", self.feed.url] if " -o tls+nats" in line else []
        return [*shlex.split(line)[1:], *more, "--ca-file", str(self.folder / "ca.pem")]


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    (tmp_path / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
    settings = CONFIGURATION.replace("/etc/nats", str(tmp_path)).replace("/var/lib/nats", str(tmp_path / "store"))
    settings = settings.replace("port: 4222\n", "")
    assert "sync_interval: always" in settings
    with NatsServer(settings, jetstream=False) as server, Simulator(rate=500.0) as feed:
        yield Production(tmp_path, server, feed)


def test_the_rest_works_with_the_users_and_permissions_of_the_page(production: Production) -> None:
    create, capture, *reads = REST
    assert run_here(*production.arguments(create)).code == 0
    with subprocess.Popen([*COMMAND, *production.arguments(capture)], env=environment(), stderr=subprocess.PIPE) as run:
        for line in reads:
            ended = (
                run_here(*production.arguments(line), "--give-up-after", "10s")
                if "watch" in line
                else run_here(*production.arguments(line))
            )
            assert ended.code == 0, (line, ended.err)
        run.terminate()
        assert run.wait(GENEROUS_S) == 143
    assert len((production.folder / "ticks.csv").read_text().splitlines()) == 11
    for _ in range(2):  # the second time adds nothing
        done = subprocess.run(
            [sys.executable, "-c", DATABASE], cwd=production.folder, capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("(10,)\n", "")


def test_a_reader_of_the_page_cannot_write(production: Production) -> None:
    create, capture, *_ = REST
    assert run_here(*production.arguments(create)).code == 0
    refused = run_here(*production.arguments(capture.replace("/capture", "/reader")), "-n", "5")
    assert refused.code == 3
    assert "IDX.values" in refused.err


def test_the_service_is_the_command_of_the_page(tmp_path: Path) -> None:
    (command,) = re.findall(r"^ExecStart=/usr/local/bin/idxstream (.*)$", UNIT, re.MULTILINE)
    words = {word for word in shlex.split(command) if word.startswith("-")}
    assert words == {word for word in shlex.split(REST[1]) if word.startswith("-")}
    assert set(re.findall(r"^LoadCredential=(\S+?):", UNIT, re.MULTILINE)) == {"coinapi-key", "capture"}
    assert os.sep in command
