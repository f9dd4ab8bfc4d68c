"""The feed's control characters: shown as text on a terminal, as they came in files and pipes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Faults, Simulator
from coinapi_idx_cli.terminal.one_line import visible
from tests.harness import COMMAND, GENEROUS_S, Running, environment
from tests.table.screens import terminal
from tests.table.test_jobs import running

C0 = "".join(map(chr, range(32)))
HOSTILE = f"{C0}\x7f\x80\x9b5n\x9f\u2028\u2029\u200e\u200f\u202a\u202e\u2066\u2069é€😀A\x1b]0;title\x07"
BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
UNSAFE = {*map(chr, (*range(10), *range(11, 32), *range(127, 160))), *BIDI}


def message(index_id: str, *, ascii_only: bool = False) -> str:
    fields = {"type": "index", "index_id": index_id, "time_coinapi": "2017-03-18T22:42:21.0000000Z", "value": 1.5}
    return json.dumps(fields, ensure_ascii=ascii_only, separators=(",", ":"))


def test_every_character_that_steers_is_shown_and_no_other() -> None:
    everything = "".join(chr(number) for number in range(0x11000) if not 0xD800 <= number < 0xE000)
    shown = visible(everything.encode()).decode()
    assert not UNSAFE & set(shown)
    assert set(everything) - UNSAFE <= set(shown)
    assert visible(b'{"a":"\x7f"}\n') == b'{"a":"\\u007f"}\n'


@pytest.mark.parametrize("where", ["stdout", "-o"])
@pytest.mark.parametrize("shape", ["csv", "ndjson"])
def test_on_a_terminal_they_are_text(shape: str, where: str) -> None:
    with Simulator(rate=0) as sim, terminal(200, 24) as fake:
        output = ["-o", "/dev/stdout"] if where == "-o" else []
        command = [*COMMAND, "watch", "--all", "--url", sim.url, "-f", shape, "-n", "2", *output]
        with running(fake, *command) as process:
            peer = sim.wait_for_peer()
            peer.send_text(message(HOSTILE, ascii_only=True))
            peer.send_text(message(HOSTILE.translate(dict.fromkeys(range(32)))))
            assert process.wait(GENEROUS_S) == 0
        fake.wait_for(fake.shows("\\u009b5n"))
        received = fake.bytes.decode().replace("\r\n", "\n")
    assert not UNSAFE & set(received)
    assert "é€😀A" in received
    assert fake.screen.title == ""
    if shape == "ndjson":
        assert [json.loads(line)["index_id"] for line in received.splitlines()] == [
            HOSTILE,
            HOSTILE.translate(dict.fromkeys(range(32))),
        ]


@pytest.mark.parametrize("to_file", [True, False])
def test_in_files_and_pipes_they_are_as_they_came(to_file: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    output = ["-o", str(path)] if to_file else ["-f", "csv"]
    with Simulator(rate=0) as sim:
        process = subprocess.Popen(
            [*COMMAND, "watch", "--all", "--url", sim.url, "-n", "1", *output],
            stdout=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        sim.wait_for_peer().send_text(message(HOSTILE, ascii_only=True))
        written, _ = process.communicate(timeout=GENEROUS_S)
        assert process.returncode == 0
    assert HOSTILE.encode() in (path.read_bytes() if to_file else written)


def test_ndjson_in_a_pipe_is_the_text_that_came() -> None:
    text = message(HOSTILE.translate(dict.fromkeys(range(32))))
    with (
        Simulator(rate=0) as sim,
        Running("watch", "--all", "--url", sim.url, "-n", "1", "-f", "ndjson") as watching,
    ):
        sim.wait_for_peer().send_text(text)
        assert watching.wait() == 0
        assert watching.out.lines == [text]


def test_nor_does_any_other_command_pass_them_on(tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(
        f'output = {json.dumps("a" + HOSTILE[1:].replace("😀", ""))}\nevent-log = "\\u001b[2J\\u009b2J"\n'
    )
    with Simulator(faults=Faults(error_text=f"Nothing {HOSTILE} there")) as sim, terminal(200, 60) as fake:
        for arguments in (
            ["config", "show", "--config", str(settings)],
            ["doctor", "--url", sim.url, "-f", "ndjson"],
            ["doctor", "--url", sim.url, "-vv"],
            ["watch", "--all", "--url", sim.url, "-vv", "-f", "csv"],
            ["watch", "--demo", "--fields", HOSTILE[1:]],
        ):
            with running(fake, "env", "TERM=dumb", *COMMAND, *arguments) as process:
                process.wait(GENEROUS_S)
        os.write(fake.descriptor, b"the end")
        fake.wait_for(fake.shows("the end"))
    received = fake.bytes.decode().replace("\r\n", "\n")
    assert "output = " in received
    assert received.count("Nothing") >= 3
    assert not UNSAFE & set(received)
